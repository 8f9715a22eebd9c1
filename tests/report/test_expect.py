from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample as sampling

from w2sdl.graph import Expectation
from w2sdl.replication import replication
from w2sdl_runtime.report.expect import Verdict, judge
from w2sdl_runtime.report.results import Results

Tree = dict[str, Any]


def table(name: str, **select: str) -> Tree:
    return {"table": name, "select": select}


def student(**select: str) -> Tree:
    return table("scores", of="S'", **select)


def over(call: str, value: Tree, *axes: str) -> Tree:
    return {"call": call, "value": value, "over": list(axes)}


def number(value: float) -> Tree:
    return {"number": value}


def compare(left: Tree, sign: str, right: Tree) -> Tree:
    return {"compare": sign, "left": left, "right": right}


def verdict(sample: sampling.Sample, tree: Mapping[str, Any]) -> Verdict:
    results = Results(sample.graph, sample.nodes, sample.store)
    expectation = Expectation("it", "as written", tree, 1)
    return judge(expectation, sample.graph, results, replication(sample.graph))


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


def test_a_difference_within_chance_is_undecided(sample: sampling.Sample) -> None:
    first = over("mean", student(evidence="consultancy"), "seed")
    second = over("mean", student(evidence="random_quotes"), "seed")
    for sign in "><":
        found = verdict(sample, compare(first, sign, second))
        assert found.verdict == "undecided"
        assert "includes zero" in found.points[0].notes[0]


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
    found = verdict(sample, compare(agreement, "!=", recovered))
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


def test_equality_is_never_supported(sample: sampling.Sample) -> None:
    ceiling = over("mean", table("scores", of="ceiling"), "seed")
    floor = over("mean", table("scores", of="floor"), "seed")
    assert verdict(sample, compare(ceiling, "==", ceiling)).verdict == "undecided"
    assert verdict(sample, compare(ceiling, "==", floor)).verdict == "contradicted"
    assert verdict(sample, compare(ceiling, "!=", floor)).verdict == "supported"


@pytest.mark.parametrize(
    "tree",
    [
        {"table": "scores", "select": {}},
        compare({"table": "nowhere", "select": {}}, ">", number(0)),
        compare(student(evidence="magic"), ">", number(0)),
        compare(over("product", student(), "seed"), ">", number(0)),
        compare({"wish": 1}, ">", number(0)),
    ],
)
def test_a_tree_that_no_compiler_makes_is_refused(sample: sampling.Sample, tree: Tree) -> None:
    with pytest.raises(ValueError, match=r"."):
        verdict(sample, tree)
