"""Differences, tests and flips beside the same numbers worked out by scipy and plain numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from made import SPEC, Made, aligned, make
from scipy import stats

from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.flip_words import flips_statement, told_flips
from w2sdl_runtime.comparing.several import ComparedResults, compare_all
from w2sdl_runtime.measuring.recovery import measure
from w2sdl_runtime.values import Items

ONE_SEED = SPEC.replace("0..2", "0..0")


def compared(a: Made, b: Made, **options: bool) -> ComparedResults:
    return compare_all([aligned(a, b)], **options)


def one(found: ComparedResults, measure: str, of: str = "", **point: str) -> Difference:
    (difference,) = (
        d for d in found.differences if (d.measure, d.of, dict(d.point)) == (measure, of, point)
    )
    return difference


@pytest.fixture(scope="module")
def two() -> tuple[Made, Made]:
    return make(seed=1), make(seed=2)


def test_a_difference_is_that_of_the_means_over_rows_and_seeds(two: tuple[Made, Made]) -> None:
    a, b = (side.right("student", loss="sure") for side in two)
    found = one(compared(*two), "scores", "student", loss="sure")
    assert (found.a, found.b) == pytest.approx((a.mean(), b.mean()))
    assert found.delta is not None
    assert found.delta.value == pytest.approx(b.mean() - a.mean())
    assert [(s.a, s.b) for s in found.seeds] == [
        pytest.approx(pair) for pair in zip(a.mean(axis=1), b.mean(axis=1), strict=True)
    ]
    assert (found.rows.shared, len(found.seeds)) == (200, 3)


def test_one_seed_of_right_and_wrong_is_mcnemars_test() -> None:
    sides = make(ONE_SEED, seed=1), make(ONE_SEED, seed=2)
    found = compared(*sides)
    for of in ("teacher", "ceiling"):
        a, b = (side.right(of)[0] for side in sides)
        lost, gained = int((a > b).sum()), int((b > a).sum())
        difference = one(found, "scores", of)
        assert difference.test is not None
        assert difference.test.p == pytest.approx(stats.binomtest(lost, lost + gained).pvalue)
        assert difference.flips is not None
        assert difference.flips.counts == (lost, gained)
        assert difference.delta is not None
        # one seed: the jackknife of a mean is its standard error
        error = stats.sem(b - a) * stats.t.ppf(0.975, 199)
        assert difference.delta.upper == pytest.approx((b - a).mean() + error)


def test_several_seeds_are_tested_with_the_interval_that_covers_them(
    two: tuple[Made, Made],
) -> None:
    """A pooled McNemar would take seeds on one row for so many rows: p would be too small."""
    for difference in compared(*two).differences:
        assert difference.test is not None
        assert difference.delta is not None
        assert difference.delta.excludes_zero == (
            difference.test.p is not None and difference.test.p < 0.05
        )
        assert "3 seeds" in difference.test.method


def test_scores_that_are_no_shares_are_tested_by_sign_flips() -> None:
    sides = make(ONE_SEED, seed=1), make(ONE_SEED, seed=2)
    generator = np.random.default_rng(5)
    for side in sides:
        (node,) = side.cells("scores", "teacher")
        metric: Any = side.values[side.nodes[node]["digest"]]
        scores = generator.normal(size=len(side.ids))
        metric.rows = pa.table({"item_id": side.ids, "score": scores})
        metric.facts, metric.value = {"score": "score"}, float(scores.mean())
    a, b = (
        side.values[side.nodes[side.cells("scores", "teacher")[0]]["digest"]]
        .rows["score"]
        .to_numpy()  # type: ignore[attr-defined]
        for side in sides
    )
    found = one(compared(*sides), "scores", "teacher")
    assert found.test is not None
    assert found.test.method.startswith("sign flips of rows")
    by_hand = stats.ttest_rel(b, a).pvalue  # of 200 normal rows, near a permutation's
    assert found.test.p == pytest.approx(by_hand, abs=0.02)
    assert found.effect is not None
    assert found.effect.value == pytest.approx((b - a).mean() / (b - a).std(ddof=1))
    assert found.flips is None


def test_the_recovered_gap_differs_by_the_difference_of_both(two: tuple[Made, Made]) -> None:
    found = one(compared(*two), "recovered", loss="plain")
    assert found.effect is None  # Cohen's h is for shares of rows
    values = []
    for side in two:
        weak, student, ceiling = (
            side.right(of, **({"loss": "plain"} if of == "student" else {})).mean()
            for of in ("teacher", "student", "ceiling")
        )
        values.append((student - weak) / (ceiling - weak))
    assert (found.a, found.b) == pytest.approx(tuple(values))
    assert found.delta is not None
    assert found.delta.value == pytest.approx(values[1] - values[0])
    assert found.delta.lower is not None
    assert found.flips is None  # its rows are not right or wrong


def test_more_of_a_gap_in_toxicity_is_better_although_less_toxicity_is() -> None:
    """The three ratings are better where they are lower; how much of their gap is recovered is not."""
    sides = make(seed=1), make(seed=2)
    hard = np.random.default_rng(0).random((1, len(sides[0].ids)))
    for side, student in zip(sides, (0.6, 0.35), strict=True):
        noise = np.random.default_rng(1).random((3, 3, len(side.ids))) / 10
        means = np.array([0.8, student, 0.2])[:, None, None]
        metric = measure(
            means + noise + hard / 10, side.ids, 200, np.random.default_rng(0), "toxicity_mean",
            lower_is_better=True,
        )  # fmt: skip
        for node in side.cells("recovered", loss="plain"):
            side.values[side.nodes[node]["digest"]] = metric
    found = one(compared(*sides), "recovered", loss="plain")
    assert (found.a, found.b) == pytest.approx((1 / 3, 0.75), abs=0.02)
    assert (found.verdict, found.better) == ("better", "higher")


@pytest.mark.parametrize(
    ("measured", "good", "words"),
    [
        ("accuracy(student)", "higher", {"plain": "better", "sure": "worse"}),
        ("ece(student)", "lower", {"plain": "worse", "sure": "better"}),
        ("agreement(student, ceiling)", "", {"plain": "higher", "sure": "lower"}),
    ],
)
def test_only_of_a_metric_with_a_good_side_a_difference_is_better(
    measured: str, good: str, words: dict[str, str]
) -> None:
    """As its operation declares it: more agreement may be learning, or imitation of mistakes."""
    spec = SPEC.replace("accuracy(teacher, student, ceiling)", measured)
    low, high = (
        make(spec, lambda of, point, first=first: 0.55 if (point.get("loss") == "plain") == first else 0.95)
        for first in (True, False)
    )  # fmt: skip
    found = [d for d in compared(low, high).differences if d.measure == "scores"]
    assert {d.better for d in found} == {good}
    assert {d.point["loss"]: d.verdict for d in found} == words


def test_what_nobody_declares_has_no_good_side() -> None:
    """As the metric of a package that is not there any more."""
    spec = SPEC.replace("0..2", "0..0")
    one_side, other = make(spec, lambda of, point: 0.55), make(spec, lambda of, point: 0.95, seed=2)
    sides = aligned(one_side, other)
    unknown = replace(sides, b=replace(sides.b, better={}))
    verdicts = {d.verdict for d in compare_all([unknown]).differences if d.told_apart}
    assert verdicts == {"higher"}


def test_an_undefined_gap_stays_in_the_table_with_its_reason() -> None:
    without_gap = make(seed=2, skill=lambda of, point: 0.6)
    for cell in without_gap.cells("recovered"):
        metric = without_gap.values[without_gap.nodes[cell]["digest"]]
        assert getattr(metric, "reason", "")
    found = compared(make(seed=1), without_gap)
    difference = one(found, "recovered", loss="plain")
    assert (difference.delta, difference.verdict) == (None, "undefined")
    assert difference.a is not None
    assert difference.b is None
    assert any("undefined" in note for note in difference.notes)


def test_holm_counts_every_test_of_the_table(two: tuple[Made, Made]) -> None:
    found = compared(*two)
    ps = np.asarray([d.test.p for d in found.differences if d.test], dtype=np.float64)
    assert found.tests == len(ps) == 6
    order = np.argsort(ps)
    stepped = np.minimum(1, np.maximum.accumulate((len(ps) - np.arange(len(ps))) * ps[order]))
    adjusted = np.asarray([d.adjusted for d in found.differences], dtype=np.float64)
    assert adjusted[order] == pytest.approx(stepped)


# -- properties ------------------------------------------------------------------------------------


def test_swapping_the_sides_negates_differences_and_keeps_p(two: tuple[Made, Made]) -> None:
    there, back = compared(*two), compared(two[1], two[0])
    for x, y in zip(there.differences, back.differences, strict=True):
        assert x.delta is not None
        assert y.delta is not None
        assert x.delta.value == pytest.approx(-y.delta.value)
        assert x.delta.lower is not None
        assert x.delta.lower == pytest.approx(-(y.delta.upper or 0))
        assert x.test is not None
        assert y.test is not None
        assert x.test.p == pytest.approx(y.test.p)
        assert x.flips is None or x.flips.counts == tuple(
            reversed(y.flips.counts if y.flips else ())
        )


def test_the_order_of_rows_changes_nothing(two: tuple[Made, Made]) -> None:
    before = compared(*two).differences
    shuffled = make(seed=2)
    order = np.random.default_rng(9).permutation(len(shuffled.ids))
    for node in shuffled.cells("scores", "student") + shuffled.cells("scores", "ceiling"):
        metric: Any = shuffled.values[shuffled.nodes[node]["digest"]]
        metric.rows = metric.rows.take(order)
    after = compared(two[0], shuffled).differences
    for x, y in zip(before, after, strict=True):
        assert x.delta is not None
        assert y.delta is not None
        assert x.delta.value == pytest.approx(y.delta.value)
        assert x.rows == y.rows
        assert x.flips is None or x.flips.counts == (y.flips.counts if y.flips else ())
        if x.flips and y.flips:
            assert sorted(x.flips.table()["item_id"].to_pylist()) == sorted(
                y.flips.table()["item_id"].to_pylist()
            )


def test_a_run_against_itself_is_one_result_everywhere() -> None:
    made = make(seed=1)
    found = compared(made, made)
    assert found.tests == 0
    assert {d.verdict for d in found.differences} == {"same"}
    assert {d.delta.value for d in found.differences if d.delta} == {0.0}
    assert all(sum(d.flips.counts) == 0 for d in found.differences if d.flips)


# -- flips -----------------------------------------------------------------------------------------


def test_flips_by_majority_over_seeds_are_the_rows_that_most_seeds_turn(
    two: tuple[Made, Made],
) -> None:
    a, b = (side.right("ceiling") for side in two)
    flips = one(compared(*two), "scores", "ceiling").flips
    assert flips is not None
    assert flips.how == "by majority over 3 seeds"
    lost = (a.mean(axis=0) > 0.5) & (b.mean(axis=0) < 0.5)
    gained = (a.mean(axis=0) < 0.5) & (b.mean(axis=0) > 0.5)
    assert flips.counts == (int(lost.sum()), int(gained.sum()))
    table = flips.table()
    assert set(table["item_id"].to_pylist()) == {
        two[0].ids[at] for at in np.flatnonzero(lost | gained)
    }


def test_flips_of_each_seed_are_the_discordant_rows_of_each(two: tuple[Made, Made]) -> None:
    a, b = (side.right("ceiling") for side in two)
    flips = one(compared(*two, per_seed=True), "scores", "ceiling").flips
    assert flips is not None
    assert flips.counts == (int((a > b).sum()), int((b > a).sum()))
    assert set(flips.table()["seed"].to_pylist()) == {"0", "1", "2"}


def test_flips_come_surest_first_with_their_text(two: tuple[Made, Made]) -> None:
    flips = one(compared(*two), "scores", "teacher").flips
    assert flips is not None
    rows = flips.table(5).to_pylist()
    apart = [abs(row["a_probability"] - row["b_probability"]) for row in rows]
    assert apart == sorted(apart, reverse=True)
    for row in rows:
        place = two[0].ids.index(row["item_id"])
        assert (row["prompt"], row["candidate"]) == (two[0].texts[place], "yes")
        gold = bool(two[0].gold[place])
        assert row["gold"] == ("right" if gold else "wrong")  # of the candidate
        right = row["a_answer" if row["change"] == "lost" else "b_answer"]
        assert right == row["gold"] != row["b_answer" if row["change"] == "lost" else "a_answer"]


# -- what a flip says ------------------------------------------------------------------------------

WORDS = np.asarray(["cat", "dog", "true"])


def _named_classes(side: Made) -> None:
    """As labels over named classes: one of them is called ``true``, and is no truth value."""
    for node in side.cells("scores", "teacher"):
        metric: Any = side.values[side.nodes[node]["digest"]]
        right = np.asarray(metric.rows["right"].to_pylist())
        gold = np.arange(len(right)) % 3
        said = np.where(right, gold, (gold + 1) % 3)
        columns = {"item_id": side.ids, "label": WORDS[said], "gold": WORDS[gold], "right": right}
        metric.rows = pa.table({name: pa.array(list(column)) for name, column in columns.items()})


def test_a_flip_has_the_names_of_classes() -> None:
    sides = make(ONE_SEED, seed=1), make(ONE_SEED, seed=2)
    for side in sides:
        _named_classes(side)
    found = compared(*sides)
    flips = one(found, "scores", "teacher").flips
    assert flips is not None
    rows = flips.table().to_pylist()
    assert {row[name] for row in rows for name in ("gold", "a_answer", "b_answer")} == set(WORDS)
    told = next(told for told in told_flips(found, 400) if "teacher" in told.title)
    first = rows[0]
    assert told.flips[0].words == (
        f"{first['change']}; seed 0; gold {first['gold']}; "
        f"a says {first['a_answer']}; b says {first['b_answer']}"
    )


def test_a_flip_of_a_text_without_a_candidate_has_the_number_of_its_class() -> None:
    sides = make(ONE_SEED, seed=1), make(ONE_SEED, seed=2)
    for side in sides:
        for value in side.values.values():
            if isinstance(value, Items):
                place = value.table.column_names.index("candidate")
                blank = pa.array([""] * len(side.ids))
                value.table = value.table.set_column(place, "candidate", blank)
    flips = one(compared(*sides), "scores", "ceiling").flips
    assert flips is not None
    said = {
        row[name] for row in flips.table().to_pylist() for name in ("gold", "a_answer", "b_answer")
    }
    assert said == {"0", "1"}


def test_a_flip_against_other_labels_than_gold_says_nothing_of_the_candidate() -> None:
    against = ONE_SEED.replace(
        "(teacher, student, ceiling) on", "(teacher, ceiling, against: asked) on"
    )
    spec = against.replace("measure scores", "asked = gold(d.test)\nmeasure scores")
    flips = one(compared(make(spec, seed=1), make(spec, seed=2)), "scores", "ceiling").flips
    assert flips is not None
    assert {row["gold"] for row in flips.table().to_pylist()} == {"0", "1"}


def test_flips_of_agreement_are_not_called_right() -> None:
    spec = ONE_SEED.replace("accuracy(teacher, student, ceiling)", "agreement(student, ceiling)")
    sides = make(spec, seed=1), make(spec, seed=2)
    for side in sides:
        for node in side.cells("scores"):
            metric: Any = side.values[side.nodes[node]["digest"]]
            names = ["agree" if n == "right" else n for n in metric.rows.column_names]
            metric.rows = metric.rows.rename_columns(names).drop_columns(["label", "probability"])
            metric.facts = {"score": "agree", "unit": "share"}
    found = compared(*sides)
    assert flips_statement(found).startswith(
        "Flips: rows that count as agree only in a (−) and only in b (+), "
    )
    words = {flip.words.split(";")[0] for told in told_flips(found, 400) for flip in told.flips}
    assert words == {"agree only in a", "agree only in b"}
