"""What meets: by address through renames, by row, by text and by seed. What doesn't is counted and said."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from made import SPEC, aligned, make, retell
from test_numbers import compared, one

from w2sdl_runtime.comparing.figures import cautions
from w2sdl_runtime.report.expect import judge
from w2sdl_runtime.report.results import Results


def test_renamed_arms_and_measures_meet() -> None:
    renamed = SPEC.replace("student", "pupil").replace("measure scores", "measure marks")
    renamed = renamed.replace("pupil: pupil", "student: pupil")  # the port keeps its name
    renamed = renamed.replace("axis loss", "axis how").replace("loss: loss", "loss: how")
    found = compared(make(seed=1), make(renamed, seed=2, skill=lambda of, point: 0.8))
    assert {(d.measure, d.of) for d in found.differences if d.op == "accuracy"} == {
        ("marks", "teacher"), ("marks", "pupil"), ("marks", "ceiling"),
    }  # fmt: skip
    assert {str(dict(d.point)) for d in found.differences if d.of == "pupil"} == {
        "{'how': 'plain'}", "{'how': 'sure'}",
    }  # fmt: skip
    assert found.against[0].unmet == ()


def test_rows_of_one_side_are_counted_and_the_others_compared() -> None:
    found = one(compared(make(seed=1), make(seed=2, rows=range(50, 230))), "scores", "ceiling")
    assert (found.rows.shared, found.rows.only_a, found.rows.only_b) == (150, 50, 30)
    assert "50 rows only in a" in cautions(found)


def test_the_number_is_that_of_the_shared_rows() -> None:
    a, b = make(seed=1), make(seed=2, rows=range(50, 230))
    found = one(compared(a, b), "scores", "ceiling")
    assert (found.a, found.b) == pytest.approx(
        (a.right("ceiling")[:, 50:].mean(), b.right("ceiling")[:, :150].mean())
    )
    gap = one(compared(a, b), "recovered", loss="plain")
    assert gap.rows.shared == 150
    weak, student, ceiling = (
        b.right(of, **({"loss": "plain"} if of == "student" else {}))[:, :150].mean()
        for of in ("teacher", "student", "ceiling")
    )
    assert gap.b == pytest.approx((student - weak) / (ceiling - weak))


def test_the_same_id_with_another_text_is_left_out() -> None:
    a, b = make(seed=1), make(seed=2, drawn=" drawn anew")
    b.texts[:120] = a.texts[:120]
    retell(b)
    found = one(compared(a, b), "scores", "ceiling")
    assert (found.rows.shared, found.rows.other_text) == (120, 80)


def test_the_same_id_with_another_gold_label_is_left_out() -> None:
    a, b = make(seed=1), make(seed=2)
    for node in b.cells("scores", "ceiling"):
        metric: Any = b.values[b.nodes[node]["digest"]]
        gold = metric.rows["gold"].to_pylist()
        gold[:30] = [not one for one in gold[:30]]
        place = metric.rows.column_names.index("gold")
        metric.rows = metric.rows.set_column(place, "gold", pa.array(gold))
    found = one(compared(a, b), "scores", "ceiling")
    assert (found.rows.shared, found.rows.other_gold) == (170, 30)


@pytest.mark.parametrize("both", [True, False])
def test_gold_that_is_a_class_is_compared_as_such(both: bool) -> None:
    """Breaks where gold is taken for a number: of digits it is a text, and a traceback was shown."""
    a, b = make(seed=1), make(seed=2)
    for side in (a, b) if both else (b,):
        for node in side.cells("scores", "ceiling"):
            metric: Any = side.values[side.nodes[node]["digest"]]
            names = ["yes" if one else "no" for one in metric.rows["gold"].to_pylist()]
            if side is b:
                names[:30] = ["other"] * 30
            place = metric.rows.column_names.index("gold")
            metric.rows = metric.rows.set_column(place, "gold", pa.array(names))
    found = one(compared(a, b), "scores", "ceiling")
    assert found.rows.other_gold == (30 if both else 200)


def test_no_row_in_common_is_said() -> None:
    found = one(compared(make(seed=1), make(seed=2, rows=range(500, 600))), "scores", "ceiling")
    assert found.delta is None
    assert "no row is in both" in found.notes
    assert found.verdict == "undefined"


def test_rows_that_hold_an_item_twice_are_not_paired() -> None:
    a, b = make(seed=1), make(seed=2)
    for node in b.cells("scores", "ceiling"):
        metric: Any = b.values[b.nodes[node]["digest"]]
        metric.rows = pa.concat_tables([metric.rows, metric.rows.slice(0, 1)])
    found = one(compared(a, b), "scores", "ceiling")
    assert any("more than once" in note for note in found.notes)
    assert found.delta is not None
    assert "3 seeds" in found.delta.method  # over seeds alone


def test_seeds_of_one_side_are_named_and_the_others_compared() -> None:
    found = compared(make(seed=1), make(SPEC.replace("0..2", "1..4"), seed=2))
    difference = one(found, "scores", "ceiling")
    assert [seed.seed for seed in difference.seeds] == ["1", "2"]
    assert (difference.only_a, difference.only_b) == (("0",), ("3", "4"))
    gap = one(found, "recovered", loss="plain")  # its rows name the seeds
    assert [seed.seed for seed in gap.seeds] == ["1", "2"]
    assert (gap.only_a, gap.only_b) == (("0",), ("3", "4"))


def test_no_seed_in_common_compares_nothing() -> None:
    found = compared(make(seed=1), make(SPEC.replace("0..2", "7..9"), seed=2))
    assert {d.delta for d in found.differences} == {None}
    assert one(found, "scores", "ceiling").only_b == ("7", "8", "9")


def test_a_number_that_is_missing_says_why_and_the_other_seeds_are_compared() -> None:
    a, b = make(seed=1), make(seed=2)
    b.lose(b.cells("scores", "ceiling", seed="1")[0])
    difference = one(compared(a, b), "scores", "ceiling")
    assert [seed.seed for seed in difference.seeds] == ["0", "2"]
    assert "b has no number: failed: the soup is cold (seed 1)" in difference.notes
    assert b.source("run b").lacks.startswith(
        "run b lacks 1 of 14 numbers: failed: the soup is cold"
    )


def test_another_part_is_not_comparable_in_the_words_of_the_diff() -> None:
    other = SPEC.replace("test: 80", "test: 80, more: 80").replace(") on d.test", ") on d.more")
    sides = aligned(make(seed=1), make(other, seed=2))
    assert sides.pairs == ()
    assert {unmet.what for unmet in sides.unmet} == {"measure scores", "measure recovered"}
    assert all("d.test → d.more" in unmet.why for unmet in sides.unmet)
    assert "not comparable" in sides.verdict


def test_what_only_one_side_measures_is_listed() -> None:
    fewer = SPEC.replace("accuracy(teacher, student, ceiling)", "accuracy(teacher, ceiling)")
    unmet = aligned(make(seed=1), make(seed=2)).unmet
    assert unmet == ()
    spec = fewer + "measure agree = agreement(student, teacher) on d.test\n"
    found = {(one.what, one.why) for one in aligned(make(seed=1), make(spec, seed=2)).unmet}
    assert found == {("scores of student", "only in a"), ("measure agree", "only in b")}


def test_the_interval_is_that_of_an_expectation_of_the_same_arms() -> None:
    spec = SPEC + (
        "expect sure_helps: mean(scores[of: student, loss: sure], over: seed) "
        "> mean(scores[of: student, loss: plain], over: seed)\n"
    )
    from w2sdl_runtime.comparing.several import compare_all
    from w2sdl_runtime.comparing.within import along

    made = make(spec, seed=3)
    source = made.source("run a")
    found = one(compare_all(along(source, "loss")), "scores", "student")
    (expectation,) = made.graph.expectations
    results = Results(made.graph, made.nodes, made)
    (point,) = judge(expectation, made.graph, results, source.repeated).points
    assert found.delta is not None
    assert point.difference is not None
    expected = (point.difference.value, point.difference.lower, point.difference.upper)
    assert (found.delta.value, found.delta.lower, found.delta.upper) == pytest.approx(expected)
