"""A number against a constant: the verdict's interval is that of the tables, moved by the constant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sample as sampling
from claims import Tree, compare, number, over, student, table, verdict, within

from w2sdl_runtime.report.judged import Judged
from w2sdl_runtime.stats.intervals import Interval


@pytest.fixture(scope="module")
def by_seed(tmp_path_factory: pytest.TempPathFactory) -> sampling.Sample:
    """Recovered gaps are measured seed by seed; tables pool them."""
    spec = sampling.SPEC.replace("ceiling: ceiling, over: seed", "ceiling: ceiling")
    return sampling.build(tmp_path_factory.mktemp("by_seed"), spec=spec)


def shown(sample: sampling.Sample, name: str, of: str, part: str = "", **point: str) -> Interval:
    """What the report's table has."""
    columns = sampling.tables_of(sample)[name].columns
    figure = next(c for c in columns if (c.of, c.part) == (of, part)).at(point)
    assert figure is not None
    assert figure.estimate is not None
    return figure.estimate


def only(sample: sampling.Sample, tree: Tree) -> Judged:
    (point,) = verdict(sample, tree).points
    return point


def ends(found: Interval | None) -> list[float]:
    assert found is not None
    assert found.lower is not None
    assert found.upper is not None
    return [found.value, found.lower, found.upper]


CLAIMS = [
    (table("recovered", evidence="debate"), ("recovered", "")),
    (over("mean", student(evidence="debate"), "seed"), ("scores", "S'")),
]


@pytest.mark.parametrize(("left", "place"), CLAIMS, ids=["recovered", "share"])
@pytest.mark.parametrize("bound", [-0.1, 0.0, 0.2, 0.8])
def test_the_interval_is_that_of_the_table(
    sample: sampling.Sample, left: Tree, place: tuple[str, str], bound: float
) -> None:
    figure = shown(sample, *place, evidence="debate")
    point = only(sample, compare(left, ">", number(bound)))
    assert ends(point.difference) == pytest.approx([end - bound for end in ends(figure)])
    assert point.difference is not None
    assert point.difference.method == figure.method
    turned = only(sample, compare(number(bound), "<", left))
    assert turned.difference is not None
    assert turned.difference.lower == pytest.approx(bound - ends(figure)[2])
    assert (turned.p, turned.verdict) == (pytest.approx(point.p), point.verdict)


def test_a_fiellers_interval_is_not_symmetric(sample: sampling.Sample) -> None:
    """Breaks where a recovered gap is judged by Student's t: the table's interval leans outwards."""
    point = only(sample, compare(CLAIMS[0][0], ">", number(0)))
    value, lower, upper = ends(point.difference)
    assert upper - value > 1.05 * (value - lower)
    assert point.difference is not None
    assert point.difference.method == "Fieller, t over 3 seeds and 60 rows"


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("left", "place"), CLAIMS, ids=["recovered", "share"])
def test_the_p_is_below_one_minus_the_level_where_the_interval_excludes_the_constant(
    sample: sampling.Sample, left: Tree, place: tuple[str, str], level: float
) -> None:
    decided = []
    for bound in np.linspace(-0.5, 1.5, 41):
        found = verdict(sample, {**compare(left, ">", number(float(bound))), "level": level})
        assert found.p is not None
        decided.append(found.verdict in ("supported", "contradicted"))
        assert (found.p < 1 - level) == decided[-1]
    assert {True, False} == set(decided)


def test_an_equality_with_a_constant_is_two_tests_of_the_same_kind(
    sample: sampling.Sample,
) -> None:
    left = CLAIMS[0][0]
    value, lower, upper = ends(shown(sample, "recovered", "", evidence="debate"))
    for margin in np.linspace(0.02, 1.5, 40):
        found = verdict(sample, within(left, number(0.5), float(margin)))
        inside = 0.5 - margin < lower and upper < 0.5 + margin
        assert (found.verdict == "supported") == inside
        assert found.p is not None
        assert (found.p < 0.05) == (found.verdict in ("supported", "contradicted"))
    assert value == pytest.approx(found.points[0].left)


def test_a_mean_of_recovered_gaps_over_seeds_is_the_one_of_the_table(
    by_seed: sampling.Sample,
) -> None:
    """Of the mean accuracies, and not the mean of three ratios, which is another number."""
    mean = over("mean", table("recovered", evidence="debate"), "seed")
    point = only(by_seed, compare(mean, ">", number(0.2)))
    figure = shown(by_seed, "recovered", "", evidence="debate")
    assert point.left == pytest.approx(figure.value)
    assert ends(point.difference) == pytest.approx([end - 0.2 for end in ends(figure)])
    measure = next(m for m in by_seed.graph.measures if m.name == "recovered")
    alone = [by_seed.value(c.node).value for c in measure.cells if c.point["evidence"] == "debate"]
    assert len(alone) == 3
    assert np.mean(alone) != pytest.approx(figure.value, abs=1e-4)


def test_differences_of_such_means_cover_seeds_and_rows(
    by_seed: sampling.Sample, sample: sampling.Sample
) -> None:
    """The same as of gaps that were measured over seeds by one node."""

    def claim(*over_: str) -> Tree:
        sides = (table("recovered", evidence=name) for name in ("debate", "none"))
        left, right = (over("mean", side, *over_) if over_ else side for side in sides)
        return compare(left, ">", right)

    one, other = only(by_seed, claim("seed")), only(sample, claim())
    assert ends(one.difference) == pytest.approx(ends(other.difference))
    assert one.p == pytest.approx(other.p)
    assert one.difference is not None
    assert one.difference.method == "t over 3 seeds and 60 rows"


def test_a_gap_that_one_seed_lacks_is_undefined_for_it_alone(tmp_path: Path) -> None:
    """Seeds of 0.61, 0.62, 0.63 against a ceiling that may be below one of them."""
    spec = sampling.SPEC.replace("ceiling: ceiling, over: seed", "ceiling: ceiling")
    flat = sampling.build(tmp_path, skills={"ceiling": 0.63, "floor": 0.62}, spec=spec)
    measure = next(m for m in flat.graph.measures if m.name == "recovered")
    alone = [flat.value(c.node).value for c in measure.cells if c.point["evidence"] == "debate"]
    assert None in alone
    mean = over("mean", table("recovered", evidence="debate"), "seed")
    point = only(flat, compare(mean, ">", number(0.2)))
    figure = sampling.tables_of(flat)["recovered"].columns[0].at({"evidence": "debate"})
    assert figure is not None
    value = None if figure.estimate is None else figure.estimate.value
    assert point.left == (value if value is None else pytest.approx(value))
    assert point.verdict == "undecided"
    assert len([note for note in point.notes if "PGR is un" in note]) == 1


def test_the_share_of_one_node_is_judged_by_its_own_interval(sample: sampling.Sample) -> None:
    point = only(sample, compare(student(evidence="debate", seed="0"), ">", number(0.5)))
    measure = next(m for m in sample.graph.measures if m.name == "scores")
    place = {"evidence": "debate", "seed": "0"}
    cell = next(c for c in measure.cells if c.of == "S'" and dict(c.point) == place)
    metric = sample.value(cell.node)
    assert ends(point.difference) == pytest.approx(
        [end - 0.5 for end in (metric.value, metric.lower, metric.upper)]
    )
    assert point.difference is not None
    assert point.difference.method == "Wilson over 60 rows; one seed"


def test_a_share_never_leaves_0_to_1(sample: sampling.Sample) -> None:
    high = only(
        sample, compare(over("mean", table("scores", of="ceiling"), "seed"), "<", number(1))
    )
    assert high.verdict == "supported"
    assert high.difference is not None
    assert high.difference.upper is not None
    assert high.difference.upper < 0


def test_a_part_of_a_measure_too(sample: sampling.Sample) -> None:
    part = {"table": "agree", "select": {"evidence": "debate"}, "facet": "supervisor_right"}
    point = only(sample, compare(over("mean", part, "seed"), ">", number(0.5)))
    of = sampling.tables_of(sample)["agree"].columns[0].of
    figure = shown(sample, "agree", of, "supervisor right", evidence="debate")
    assert ends(point.difference) == pytest.approx([end - 0.5 for end in ends(figure)])


def test_a_gap_that_may_be_zero_at_a_high_level_leaves_the_claim_open(
    sample: sampling.Sample, tmp_path: Path
) -> None:
    """At 95 % there is an interval; at 99 % no ratio can be excluded, which is said."""
    near = sampling.build(tmp_path, skills={"ceiling": 0.72}, like=sample)
    claim = compare(CLAIMS[0][0], ">", number(0.2))
    assert verdict(near, claim).verdict == "supported"
    high = verdict(near, {**claim, "level": 0.99})
    assert (high.verdict, high.p) == ("undecided", None)
    assert high.points[0].notes == (
        "there is no interval: at 99 % what it is divided by may be zero",
    )
