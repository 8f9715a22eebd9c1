"""Measures as tables: a figure for each predictor and design point, averaged over repetitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from w2sdl.errors.validity import RULES
from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.measuring.resampling import UNSTABLE_SHARE
from w2sdl_runtime.report.recovered import pool_ratios
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.report.selecting import number_text
from w2sdl_runtime.report.text import percent
from w2sdl_runtime.stats.estimates import Estimate
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.ratios import NO_GAP
from w2sdl_runtime.values import Metric

Point = Mapping[str, str]

#: Whose accuracies a recovered gap is formed of; it is never shown without them.
ROLES = ("weak", "student", "ceiling")


@dataclass(frozen=True, slots=True)
class Single:
    """The number of one repetition (one node), or why there is none."""

    point: Point
    node: str
    key: str
    address: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    reason: str = ""  #: undefined or missing, in words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a table: its mean over repetitions, or the reasons why there is none."""

    estimate: Interval | None
    singles: tuple[Single, ...]
    reasons: tuple[str, ...] = ()
    n: int = 0
    unit: str = ""  #: "share" is shown in per cent
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  #: of the first metric
    select: str = ""  #: what `w2sdl trace` takes for it: ``scores[of: S', evidence: debate]``

    @property
    def partial(self) -> bool:
        """Whether some repetitions are missing from the mean."""
        return any(single.value is None for single in self.singles) and self.estimate is not None

    @property
    def accuracies(self) -> Mapping[str, float]:
        """By role, what a recovered gap is formed of; {} of anything else."""
        found: Mapping[str, float] = self.facts.get("accuracies", {})
        return found

    @property
    def gain(self) -> Interval | None:
        """Student minus weak, which holds where the ratio is unstable; None of anything else."""
        gain = self.facts.get("gain")
        if gain is None:
            return None
        return Interval(gain["value"], gain["lower"], gain["upper"], gain.get("method", ""))

    @property
    def better(self) -> str:
        """Where a number is better than another: "above" it, or "below"."""
        return "below" if self.facts.get("better") == "lower" else "above"

    @property
    def no_gap(self) -> bool:
        """Whether there is nothing to recover: the ceiling is not better than the weak model."""
        known = self.accuracies
        sign = -1 if self.better == "below" else 1
        return bool(known) and sign * (known["ceiling"] - known["weak"]) <= NO_GAP


@dataclass(frozen=True, slots=True)
class Column:
    """One predictor (or one part of a measure) in all points of the design."""

    of: str
    part: str
    dims: tuple[str, ...]  #: design axes that it varies over
    figures: Mapping[tuple[str, ...], Figure]

    def at(self, point: Point) -> Figure | None:
        """The figure at a point, which may name more axes than this column varies over."""
        return self.figures.get(tuple(point.get(dim, "") for dim in self.dims))


@dataclass(frozen=True, slots=True)
class Table:
    """A measure, ready to be shown."""

    name: str
    op: str
    on: str
    arguments: Mapping[str, str]
    dims: tuple[str, ...]
    columns: tuple[Column, ...]

    def points(self) -> list[dict[str, str]]:
        """All points of the design that occur, in the order of the cells."""
        return points_of(self.columns)

    def places(self) -> Iterator[tuple[Column, tuple[str, ...]]]:
        """Where its figures are: each column with each point of its own axes."""
        for column in self.columns:
            yield from ((column, names) for names in column.figures)


def points_of(columns: Sequence[Column]) -> list[dict[str, str]]:
    """The points of the columns that vary over most axes, in order; joined where they differ."""
    widest_first = sorted(columns, key=lambda column: -len(column.dims))
    dims = list(dict.fromkeys(dim for column in widest_first for dim in column.dims))
    points: list[dict[str, str]] = [{}]
    for column in widest_first:
        new = [dim for dim in column.dims if dim not in points[0]]
        if new:
            points = list(_extended(points, column))
    return [{dim: point[dim] for dim in dims} for point in points]


def _extended(points: list[dict[str, str]], column: Column) -> Iterator[dict[str, str]]:
    for point in points:
        for names in column.figures:
            extra = dict(zip(column.dims, names, strict=True))
            if all(point.get(dim, value) == value for dim, value in extra.items()):
                yield {**point, **extra}


def summarise(measure: MeasureTable, results: Results, repeated: Replication) -> Table:
    """Group the cells of a measure by predictor and design point, and average each group."""
    groups: dict[str, dict[tuple[str, ...], list[Cell]]] = {}
    dims: dict[str, tuple[str, ...]] = {}
    axes = [axis.name for axis in results.graph.axes]
    for cell in measure.cells:
        own = tuple(a for a in axes if a in cell.point and a not in repeated.axes)
        dims.setdefault(cell.of, own)
        at = tuple(cell.point.get(axis, "") for axis in dims[cell.of])
        groups.setdefault(cell.of, {}).setdefault(at, []).append(cell)
    columns = []
    for of, by_point in groups.items():
        parts = ["", *_parts(by_point, results)]
        for part in parts:
            figures = {}
            for at, cells in by_point.items():
                text = number_text(measure.name, of, dict(zip(dims[of], at, strict=True)), part)
                figures[at] = replace(_figure(cells, part, results, repeated), select=text)
            columns.append(Column(of, part, dims[of], figures))
    all_dims = tuple(dict.fromkeys(dim for column in columns for dim in column.dims))
    return Table(measure.name, measure.op, measure.on, measure.arguments, all_dims, tuple(columns))


def _parts(by_point: Mapping[tuple[str, ...], list[Cell]], results: Results) -> list[str]:
    """Names of the parts that the metrics of a column have (agreement where ... right, wrong)."""
    for cells in by_point.values():
        for cell in cells:
            metric = results.metric(cell.node)
            if isinstance(metric, Metric):
                return [part["name"] for part in metric.facts.get("parts", ())]
    return []


def _figure(cells: list[Cell], part: str, results: Results, repeated: Replication) -> Figure:
    found = [(cell, results.metric(cell.node)) for cell in cells]
    singles = tuple(_single(cell, metric, part, results) for cell, metric in found)
    metrics = [(cell, metric) for cell, metric in found if isinstance(metric, Metric)]
    if len(metrics) > 1 and all("accuracies" in metric.facts for _, metric in metrics):
        return _pooled(metrics[0][0], [metric for _, metric in metrics], singles)
    reasons = tuple(dict.fromkeys(single.reason for single in singles if single.reason))
    if not metrics:
        return Figure(None, singles, reasons)
    usable = [(c, m) for (c, m) in metrics if part_numbers(m, part)[0] is not None]
    first = metrics[0][1]
    return Figure(
        estimate=_estimate(usable, part, repeated) if usable else None,
        singles=singles,
        reasons=reasons,
        n=first.n if not part else int(metric_part(first, part).get("n", 0)),
        unit=unit_of(first, part),
        warnings=tuple(dict.fromkeys(w for _, m in metrics for w in m.facts.get("warnings", ()))),
        facts=first.facts,
    )


def _pooled(cell: Cell, metrics: list[Metric], singles: tuple[Single, ...]) -> Figure:
    """PGR of several repetitions: accuracies are averaged first, never the ratios."""
    pooled = pool_ratios(metrics)
    if pooled is None:
        return Figure(None, singles, ("its repetitions were measured on different rows",))
    interval = own_interval(pooled)
    words = () if pooled.value is not None else (undefined(pooled, pooled.reason),)
    missing = tuple(dict.fromkeys(s.reason for s in singles if not s.key))
    warnings = tuple(pooled.facts["warnings"])
    return Figure(interval, singles, words + missing, pooled.n, "share", warnings, pooled.facts)


def own_interval(metric: Metric, part: str = "") -> Interval | None:
    """The interval that a metric brought along; None where it has no value."""
    value, lower, upper, _ = part_numbers(metric, part)
    return None if value is None else Interval(value, lower, upper, interval_method(metric))


def interval_method(metric: Metric) -> str:
    """How the interval that a metric brought along was formed, as it is told beside those of means."""
    method = str(metric.facts.get("interval", ""))
    return "Wilson over rows" if method == "wilson" else method


def _single(cell: Cell, metric: Metric | Missing, part: str, results: Results) -> Single:
    key, address = results.key(cell.node), results.address(cell.node)
    if isinstance(metric, Missing):
        return Single(cell.point, cell.node, key, address, None, reason=metric.why)
    value, lower, upper, reason = part_numbers(metric, part)
    words = undefined(metric, reason) if value is None else ""
    return Single(cell.point, cell.node, key, address, value, lower, upper, words)


def metric_part(metric: Metric, part: str) -> Mapping[str, Any]:
    """What a metric says of a part of its rows, by the part's name."""
    found: Mapping[str, Any] = next(p for p in metric.facts["parts"] if p["name"] == part)
    return found


def unit_of(metric: Metric, part: str) -> str:
    """What a number is in: a part may have a unit of its own."""
    own = metric_part(metric, part).get("unit") if part else None
    return str(own or metric.facts.get("unit", ""))


def part_numbers(metric: Metric, part: str) -> tuple[float | None, float | None, float | None, str]:
    """Value, lower and upper end, and the reason where there is none; "" is the whole.

    Resamples that all gave the same (no row is toxic, a ranking without a mistake) have no ends: a width
    of zero would claim certainty.
    """
    own = metric_part(metric, part) if part else _whole(metric)
    lower, upper = own["lower"], own["upper"]
    if lower is not None and lower == upper:
        lower = upper = None
    return own["value"], lower, upper, own.get("reason", "")


def _whole(metric: Metric) -> Mapping[str, Any]:
    """The numbers of a whole metric, by the names that its parts have for theirs."""
    return {name: getattr(metric, name) for name in ("value", "lower", "upper", "reason")}


def _estimate(
    usable: list[tuple[Cell, Metric]], part: str, repeated: Replication
) -> Interval | None:
    """The mean over repetitions: one node keeps its own interval, several get one over them all."""
    if len(usable) == 1:
        return own_interval(usable[0][1], part)
    return mean_estimate(usable, part, repeated).interval()


def mean_estimate(usable: list[tuple[Cell, Metric]], part: str, repeated: Replication) -> Estimate:
    """The mean over repetitions of a number that is no recovered gap."""
    units = list(dict.fromkeys(cell.point.get(repeated.unit, "") for cell, _ in usable))
    samples = Samples.of([metric for _, metric in usable], len(units))
    rows = [metric_samples(m, samples, metric_part(m, part) if part else None) for _, m in usable]
    by_unit = [
        np.mean(
            [
                row
                for row, (c, _) in zip(rows, usable, strict=True)
                if c.point.get(repeated.unit, "") == unit
            ],
            axis=0,
        )
        for unit in units
    ]
    shares = all(unit_of(metric, part) == "share" for _, metric in usable)
    counted = min(counted_rows(metric, part) for _, metric in usable)
    values = without_units(np.stack(by_unit), samples)
    return samples.estimate(values, share=shares, rows=counted, every_unit=True)


def counted_rows(metric: Metric, part: str) -> int:
    """How many rows a share of rows counts; 0 where it is no such share."""
    if not part:
        rows = int(metric.facts.get("counted", metric.n))
        return rows if "score" in metric.facts else 0
    own = metric_part(metric, part)
    return int(own.get("n", 0)) if "score" in own or "where" in own else 0


def without_units(by_unit: Any, samples: Samples) -> Any:
    """Means over units (units x samples), leaving out each unit in its samples."""
    mean = by_unit.mean(axis=0)
    if samples.units > 1:
        for index in range(samples.units):
            places = samples.without_unit(index)
            mean[places] = np.delete(by_unit[:, places], index, axis=0).mean(axis=0)
    return mean


_REASONS = {
    "supervisor_never_right": "there is no row on which the supervisor is right",
    "supervisor_never_wrong": "there is no row on which the supervisor is wrong",
}


def undefined(metric: Metric, reason: str) -> str:
    """Why a metric has no value, as the end of a sentence."""
    sides = {"ceiling_not_above_weak": "above", "ceiling_not_below_weak": "below"}
    if reason in sides and "accuracies" in metric.facts:
        of = metric.facts["accuracies"]
        return (
            f"PGR is undefined because the ceiling ({percent(of['ceiling'])} %)"
            f" is not {sides[reason]} the weak model ({percent(of['weak'])} %) [{RULES['no_gap']}]"
        )
    return (
        f"undefined because {_REASONS.get(reason, reason.replace('_', ' ') or 'no reason given')}"
    )


def unstable(facts: Mapping[str, Any], better: str = "above") -> str:
    """Why a recovered gap has no interval: there may be no gap."""
    gap, share = facts["gap"], facts["no_gap_share"]
    if share > UNSTABLE_SHARE or gap["lower"] is None:
        return f"in {100 * share:.0f} % of resamples the ceiling is not {better} the weak model"
    ends = f"{percent(gap['lower'])} to {percent(gap['upper'])} points"
    return f"the 95 % interval of the gap, {ends}, includes zero"


def all_tables(graph: Graph, results: Results, repeated: Replication) -> list[Table]:
    """Every measure of the graph."""
    return [summarise(measure, results, repeated) for measure in graph.measures]
