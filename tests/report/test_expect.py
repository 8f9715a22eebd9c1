from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample as sampling
from claims import Tree, compare, number, over, student, table, verdict, within

from w2sdl.claims import trend_order
from w2sdl.replication import replication
from w2sdl_runtime.report.expect import judge_all
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.stats.effects import cohens_h
from w2sdl_runtime.stats.several import holm


def accuracies(sample: sampling.Sample, of: str, **point: str) -> list[float]:
    measure = next(m for m in sample.graph.measures if m.name == "scores")
    cells = [c for c in measure.cells if c.of == of and point.items() <= c.point.items()]
    return [sample.value(cell.node).value for cell in cells]


def test_a_clear_difference_is_supported(sample: sampling.Sample) -> None:
    debate = over("mean", student(evidence="debate"), "seed")
    none = over("mean", student(evidence="none"), "seed")
    found = verdict(sample, compare(debate, ">", none))
    (point,) = found.points
    assert found.verdict == "supported"
    assert point.left == pytest.approx(np.mean(accuracies(sample, "S'", evidence="debate")))
    assert point.difference is not None
    assert point.difference.lower is not None
    rows = [sample.right("S'", evidence=name) for name in ("debate", "none")]
    wanted = sampling.mean_interval(rows[0] - rows[1])
    assert point.difference.lower == pytest.approx(wanted.lower)
    assert point.difference.upper == pytest.approx(wanted.upper)
    assert 0 < point.difference.lower < point.difference.value
    assert point.difference.method == "t over 3 seeds and 60 rows"
    assert verdict(sample, compare(none, ">", debate)).verdict == "contradicted"
    assert verdict(sample, compare(debate, "<", none)).verdict == "contradicted"


def test_within_chance_it_is_undecided_in_the_direction_seen_and_else_not_supported(
    sample: sampling.Sample,
) -> None:
    ceiling = over("mean", table("scores", of="ceiling"), "seed")
    debate = over("mean", student(evidence="debate"), "seed")
    for sign, claimed in ((">", True), ("<", False)):  # the ceiling is a little better
        found = verdict(sample, compare(ceiling, sign, debate))
        assert found.verdict == ("undecided" if claimed else "not supported")
        assert "includes zero" in found.points[0].notes[0]
        settled = [note for note in found.points[0].notes if "rows" in note]
        assert len(settled) == claimed  # how many, or that no number of them would do


def test_what_is_left_open_must_hold_at_every_point(sample: sampling.Sample) -> None:
    found = verdict(sample, compare(over("mean", student(), "seed"), ">", number(0.5)))
    assert [p.point["evidence"] for p in found.points] == list(sampling.SKILLS)[:4]
    assert found.verdict == "supported"
    high = verdict(sample, compare(over("mean", student(), "seed"), ">", number(0.92)))
    assert {p.verdict for p in high.points} > {"contradicted"}
    assert high.verdict == "contradicted"


def test_arrays_meet_by_the_names_of_their_axes(sample: sampling.Sample) -> None:
    """The floor has no evidence: it meets the student at all four points, seed by seed."""
    found = verdict(sample, compare(student(), ">", table("scores", of="floor")))
    assert len(found.points) == 12
    for point in found.points:
        seed = point.point["seed"]
        assert point.right == pytest.approx(accuracies(sample, "floor", seed=seed)[0])
        assert point.left == pytest.approx(accuracies(sample, "S'", **point.point)[0])


def test_only_points_that_both_sides_have_are_compared(sample: sampling.Sample) -> None:
    """Agreement has one evidence less when a cell is taken out of its table."""
    measures = [
        dataclasses.replace(m, cells=tuple(c for c in m.cells if c.point["evidence"] != "none"))
        if m.name == "agree"
        else m
        for m in sample.graph.measures
    ]
    sample.graph = dataclasses.replace(sample.graph, measures=tuple(measures))
    agreement, recovered = over("mean", table("agree"), "seed"), table("recovered")
    found = verdict(sample, compare(agreement, ">", recovered))
    assert [p.point["evidence"] for p in found.points] == list(sampling.SKILLS)[1:4]
    measure = next(m for m in sample.graph.measures if m.name == "recovered")
    values = {c.point["evidence"]: sample.value(c.node).value for c in measure.cells}
    assert [p.right for p in found.points] == [values[p.point["evidence"]] for p in found.points]


def test_an_open_dimension_of_is_a_point_too(sample: sampling.Sample) -> None:
    tree = compare(over("mean", table("scores"), "seed"), ">", number(0.0))
    found = verdict(sample, tree)
    assert len(found.points) == 20
    at = {(p.point["of"], p.point["evidence"]): p.left for p in found.points}
    assert at["ceiling", "none"] == at["ceiling", "debate"]
    assert at["S'", "none"] != at["S'", "debate"]


@pytest.mark.parametrize(
    ("call", "by_hand"),
    [
        ("mean", np.mean),
        ("median", np.median),
        ("min", np.min),
        ("max", np.max),
        ("std", lambda values: np.std(values, ddof=1)),
    ],
)
def test_reductions(sample: sampling.Sample, call: str, by_hand: Any) -> None:
    found = verdict(sample, compare(over(call, student(evidence="none"), "seed"), ">", number(0)))
    assert found.points[0].left == pytest.approx(by_hand(accuracies(sample, "S'", evidence="none")))


def test_arithmetic_and_reductions_over_several_axes(sample: sampling.Sample) -> None:
    gain = {
        "arith": "-",
        "left": student(evidence="debate"),
        "right": student(evidence="none"),
    }
    found = verdict(sample, compare(over("mean", gain, "seed"), ">", number(0.0)))
    assert found.verdict == "supported"
    everything = over("mean", student(), "seed", "evidence")
    found = verdict(sample, compare(everything, ">", number(0.5)))
    assert found.points[0].left == pytest.approx(np.mean(accuracies(sample, "S'")))


def test_a_division_by_zero_is_undecided(sample: sampling.Sample) -> None:
    ratio = {"arith": "/", "left": number(1.0), "right": number(0.0)}
    found = verdict(sample, compare(ratio, ">", number(0.0)))
    assert found.verdict == "undecided"
    assert "division by zero" in found.points[0].notes[0]


def test_recovered_gaps_are_compared_over_paired_rows_and_seeds(sample: sampling.Sample) -> None:
    tree = compare(table("recovered", evidence="debate"), ">", table("recovered", evidence="none"))
    point = verdict(sample, tree).points[0]
    measure = next(m for m in sample.graph.measures if m.name == "recovered")
    values = {c.point["evidence"]: sample.value(c.node).value for c in measure.cells}
    assert point.difference is not None
    assert point.difference.value == pytest.approx(values["debate"] - values["none"])
    assert point.difference.method == "t over 3 seeds and 60 rows"
    far = verdict(sample, compare(table("recovered", evidence="debate"), ">", number(-1.0)))
    assert far.verdict == "supported"


def test_an_undefined_recovered_gap_is_undecided_with_its_reason(
    sample: sampling.Sample, tmp_path: Path
) -> None:
    flat = sampling.build(tmp_path, skills={"ceiling": 0.40, "floor": 0.70}, like=sample)
    found = verdict(flat, compare(table("recovered", evidence="debate"), ">", number(0.2)))
    assert found.verdict == "undecided"
    assert found.points[0].holds is None
    assert "PGR is undefined because the ceiling" in found.points[0].notes[0]


def test_an_unstable_recovered_gap_is_never_decided(
    sample: sampling.Sample, tmp_path: Path
) -> None:
    near = sampling.build(tmp_path, skills={"ceiling": 0.66, "floor": 0.61}, like=sample)
    node = next(m for m in near.graph.measures if m.name == "recovered").cells[0].node
    metric = near.value(node)
    assert metric.value is not None
    assert "unstable" in metric.facts["warnings"]
    far = metric.value - 100
    found = verdict(near, compare(table("recovered", evidence="none"), ">", number(far)))
    assert found.verdict == "undecided"
    assert found.points[0].notes[0].startswith("PGR is unstable")


def test_missing_results_leave_it_open_and_say_why(sample: sampling.Sample) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "out of memory")
    debate = over("mean", student(evidence="debate"), "seed")
    found = verdict(sample, compare(debate, ">", number(0.5)))
    assert found.verdict == "undecided"
    assert "S'[seed=1, evidence=debate] failed: out of memory" in found.points[0].notes[0]
    other = over("mean", student(evidence="none"), "seed")
    assert verdict(sample, compare(other, ">", number(0.5))).verdict == "supported"


def test_an_equality_is_judged_by_where_the_interval_lies(sample: sampling.Sample) -> None:
    """Two one-sided tests: inside of both margins, outside of one, or across one."""
    one = over("mean", student(evidence="debate"), "seed")
    other = over("mean", student(evidence="none"), "seed")
    (point,) = verdict(sample, within(one, other, 0.5)).points
    assert point.difference is not None
    lower, upper = point.difference.lower, point.difference.upper
    assert lower is not None
    assert upper is not None
    seen = point.difference.value
    assert verdict(sample, within(one, other, upper + 0.001)).verdict == "supported"
    assert verdict(sample, within(one, other, (seen + upper) / 2)).verdict == "undecided"
    assert verdict(sample, within(one, other, (seen + lower) / 2)).verdict == "not supported"
    assert verdict(sample, within(one, other, lower - 0.001)).verdict == "contradicted"


def test_the_p_of_an_equality_is_below_one_minus_the_level_where_it_is_decided(
    sample: sampling.Sample,
) -> None:
    one = over("mean", student(evidence="debate"), "seed")
    other = over("mean", student(evidence="none"), "seed")
    for margin in np.linspace(0.005, 0.4, 80):
        found = verdict(sample, within(one, other, float(margin)))
        assert found.p is not None
        assert (found.p < 0.05) == (found.verdict in ("supported", "contradicted"))


def test_an_ordering_holds_where_all_neighbours_do(sample: sampling.Sample) -> None:
    def mean(of: str) -> Tree:
        return over("mean", table("scores", of=of), "seed")

    def ordering(*terms: Tree) -> Tree:
        return {"ordering": [compare(a, "<", b) for a, b in itertools.pairwise(terms)]}

    debate = over("mean", student(evidence="debate"), "seed")
    found = verdict(sample, ordering(number(0.1), mean("floor"), debate))
    assert found.verdict == "supported"
    assert [point.claim for point in found.points] == [
        "0.1 < mean(scores[of: floor], over: seed)",
        "mean(scores[of: floor], over: seed) < mean(scores[of: S', evidence: debate], over: seed)",
    ]
    assert verdict(sample, ordering(number(0.1), debate, mean("floor"))).verdict == "contradicted"
    parts = [compare(number(0.1), "<", mean("floor")), compare(mean("floor"), "<", debate)]
    ps = [verdict(sample, part).p for part in parts]
    assert found.p == max(p for p in ps if p is not None)


def rising(value: Tree, along: str, way: str = "rises") -> Tree:
    return {"trend": way, "value": value, "along": along}


def test_a_trend_is_the_slope_of_least_squares_at_equal_steps(sample: sampling.Sample) -> None:
    evidence = list(sampling.SKILLS)[:4]
    means = [np.mean(accuracies(sample, "S'", evidence=name)) for name in evidence]
    found = verdict(sample, rising(over("mean", student(), "seed"), "evidence"))
    (point,) = found.points
    assert point.difference is not None
    assert point.difference.value == pytest.approx(np.polyfit(range(4), means, 1)[0])
    assert (point.left, point.right) == (pytest.approx(means[0]), pytest.approx(means[-1]))
    falls = verdict(sample, rising(over("mean", student(), "seed"), "evidence", "falls"))
    assert {found.verdict, falls.verdict} in (
        {"supported", "contradicted"},
        {"undecided", "not supported"},
    )
    against = [a > b for a, b in itertools.pairwise(means)]
    said = [note for note in point.notes if note.startswith("it falls from")]
    assert len(said) == any(against)
    assert sum(note.count(" to ") for note in said) == sum(against)


def test_a_trend_that_leaves_axes_open_is_judged_at_each_point(sample: sampling.Sample) -> None:
    found = verdict(sample, rising(student(), "evidence"))
    assert [dict(point.point) for point in found.points] == [{"seed": str(n)} for n in range(3)]


def test_a_trend_with_a_missing_point_is_undecided(sample: sampling.Sample) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "out of memory")
    found = verdict(sample, rising(over("mean", student(), "seed"), "evidence"))
    assert found.verdict == "undecided"
    assert "out of memory" in found.points[0].notes[0]


@pytest.mark.parametrize(
    ("points", "order"),
    [
        (("1024", "64", "256"), ("64", "256", "1024")),
        (("large", "small"), ("large", "small")),
        (("64", "small"), ("64", "small")),
        (("1e3", "0.5"), ("0.5", "1e3")),
    ],
)
def test_a_trend_goes_by_number_where_all_points_are(
    points: tuple[str, ...], order: tuple[str, ...]
) -> None:
    assert trend_order(points) == order


def test_a_higher_level_widens_the_interval_and_the_p_stays(sample: sampling.Sample) -> None:
    debate = over("mean", student(evidence="debate"), "seed")
    none = over("mean", student(evidence="none"), "seed")
    usual = verdict(sample, compare(debate, ">", none))
    higher = verdict(sample, {**compare(debate, ">", none), "level": 0.99})
    lower = verdict(sample, {**compare(debate, ">", none), "level": 0.6})
    widths = []
    for found in (lower, usual, higher):
        difference = found.points[0].difference
        assert difference is not None
        assert difference.lower is not None
        assert difference.upper is not None
        widths.append(difference.upper - difference.lower)
    assert widths == sorted(set(widths))
    assert usual.p == higher.p
    assert higher.p is not None
    assert (higher.p < 0.01) == (higher.verdict == "supported")


def test_the_p_agrees_with_the_interval_at_every_threshold(sample: sampling.Sample) -> None:
    debate = over("mean", student(evidence="debate"), "seed")
    for bound in np.linspace(0.4, 1.0, 61):
        found = verdict(sample, compare(debate, ">", number(float(bound))))
        assert found.p is not None
        assert (found.p < 0.05) == (found.verdict in ("supported", "contradicted"))


def test_several_expectations_are_adjusted_together(sample: sampling.Sample) -> None:
    results = Results(sample.graph, sample.nodes, sample.store)
    found = judge_all(sample.graph, results, replication(sample.graph))
    ps = [one.p for one in found]
    assert [one.adjusted for one in found] == holm(ps)
    for one in found:
        if one.verdict in ("supported", "contradicted") and one.adjusted is not None:
            assert one.survives == (one.adjusted < 0.05)
        else:
            assert one.survives is None
    alone = dataclasses.replace(sample.graph, expectations=sample.graph.expectations[:1])
    (single,) = judge_all(alone, results, replication(alone))
    assert single.adjusted is None


def test_the_effect_of_two_shares_is_cohens_h(sample: sampling.Sample) -> None:
    debate = over("mean", student(evidence="debate"), "seed")
    (point,) = verdict(sample, compare(debate, ">", number(0.5))).points
    assert point.effect is not None
    assert point.left is not None
    assert point.effect.value == pytest.approx(cohens_h(point.left, 0.5))
    (far,) = verdict(sample, compare(table("recovered", evidence="debate"), ">", number(-1))).points
    assert far.effect is not None
    assert far.effect.name.startswith("d_z over seeds")


def test_a_difference_of_shares_is_no_share(sample: sampling.Sample) -> None:
    """Cohen's h of a lead of 5 points over one of 2 would take leads for accuracies."""
    debate, none = (
        over("mean", student(evidence=name), "seed") for name in ("debate", "random_quotes")
    )
    lead = {"arith": "-", "left": debate, "right": none}
    spread = over("std", student(evidence="debate"), "seed")
    for left in (lead, spread):
        (point,) = verdict(sample, compare(left, ">", number(0.02))).points
        assert point.left is not None
        assert 0 < point.left < 1
        assert point.effect is not None
        assert point.effect.name == "d_z over seeds"


def test_what_is_needed_is_for_the_level_of_the_claim(sample: sampling.Sample) -> None:
    """What 3 seeds settle at 95 % needs more of them at 99 %, not "about 3 seeds"."""
    debate, none = (over("mean", student(evidence=name), "seed") for name in ("debate", "none"))
    claim = compare(debate, ">", none)
    assert verdict(sample, claim).verdict == "supported"
    found = verdict(sample, {**claim, "level": 0.99})
    assert found.verdict == "undecided"
    (needs,) = (note for note in found.points[0].notes if note.startswith("needs"))
    seeds = re.search(r"(\d+) seeds", needs)
    assert seeds is not None
    assert int(seeds[1]) > 3
    assert "95 %" not in needs


def test_a_claim_about_each_seed_covers_the_rows_of_one(sample: sampling.Sample) -> None:
    from scipy import stats

    found = verdict(sample, compare(student(evidence="debate"), ">", student(evidence="none")))
    assert len(found.points) == 3
    apart = sample.right("S'", evidence="debate") - sample.right("S'", evidence="none")
    for point, rows in zip(found.points, apart, strict=True):
        assert point.difference is not None
        assert point.difference.method == "t over 60 rows; one seed"
        half = stats.t.ppf(0.975, 59) * stats.sem(rows)
        assert point.difference.upper == pytest.approx(rows.mean() + half)
    (share,) = verdict(
        sample, compare(student(evidence="debate", seed="0"), ">=", number(0))
    ).points
    assert share.difference is not None
    assert "one seed" in share.difference.method


def test_the_rows_of_a_claim_are_those_of_its_numbers(sample: sampling.Sample) -> None:
    """Of two data sets in one measure, a claim about one is not made of the rows of both."""
    for cell in next(m for m in sample.graph.measures if m.name == "scores").cells:
        if cell.point.get("evidence") == "debate":
            metric = sample.value(cell.node)
            ids = [f"other {item_id}" for item_id in metric.rows["item_id"].to_pylist()]
            place = metric.rows.column_names.index("item_id")
            rows = metric.rows.set_column(place, "item_id", [ids])
            other = dataclasses.replace(metric, rows=rows)
            sample.nodes[cell.node]["digest"] = sample.store.put(other)
    none = over("mean", student(evidence="none"), "seed")
    (point,) = verdict(sample, compare(none, ">", number(0.5))).points
    assert point.difference is not None
    assert point.difference.method == "Wilson, t over 3 seeds and 60 rows"


def test_a_recovered_gap_is_no_share_of_rows(sample: sampling.Sample) -> None:
    (point,) = verdict(
        sample, compare(table("recovered", evidence="debate"), ">", number(0))
    ).points
    assert point.effect is not None
    assert point.effect.name == "d_z over seeds"


@pytest.mark.parametrize(
    "tree",
    [
        {"table": "scores", "select": {}},
        compare({"table": "nowhere", "select": {}}, ">", number(0)),
        compare(student(evidence="magic"), ">", number(0)),
        compare(over("product", student(), "seed"), ">", number(0)),
        compare({"wish": 1}, ">", number(0)),
        compare(student(), "==", number(0.5)),
        {"trend": "grows", "value": student(), "along": "evidence"},
    ],
)
def test_a_tree_that_no_compiler_makes_is_refused(sample: sampling.Sample, tree: Tree) -> None:
    with pytest.raises(ValueError, match=r"."):
        verdict(sample, tree)
