"""Measures averaged over repetitions: from the cells of a measure to its `Table`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.metric_numbers import (
    counted_rows,
    metric_part,
    own_interval,
    part_numbers,
    undefined,
    unit_of,
)
from w2sdl_runtime.report.recovered import pool_ratios
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.report.selecting import number_text
from w2sdl_runtime.report.tables import Column, Figure, Single, Table
from w2sdl_runtime.stats.estimates import Estimate
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.values import Metric


def all_tables(graph: Graph, results: Results, repeated: Replication) -> list[Table]:
    """Every measure of the graph."""
    return [summarise(measure, results, repeated) for measure in graph.measures]


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


def _single(cell: Cell, metric: Metric | Missing, part: str, results: Results) -> Single:
    key, address = results.key(cell.node), results.address(cell.node)
    if isinstance(metric, Missing):
        return Single(cell.point, cell.node, key, address, None, reason=metric.why)
    value, lower, upper, reason = part_numbers(metric, part)
    words = undefined(metric, reason) if value is None else ""
    return Single(cell.point, cell.node, key, address, value, lower, upper, words)


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


def without_units(by_unit: Any, samples: Samples) -> Any:
    """Means over units (units x samples), leaving out each unit in its samples."""
    mean = by_unit.mean(axis=0)
    if samples.units > 1:
        for index in range(samples.units):
            places = samples.without_unit(index)
            mean[places] = np.delete(by_unit[:, places], index, axis=0).mean(axis=0)
    return mean
