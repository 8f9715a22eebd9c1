"""One measure of a run as a table: a row for each node, or averaged over repetitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl.graph import Cell, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.results import Missing, Results

if TYPE_CHECKING:
    import pyarrow as pa

    from w2sdl_runtime.stats.intervals import Interval


def node_rows(measure: MeasureTable, results: Results) -> Iterator[dict[str, Any]]:
    """A row for each number: what it is of, each axis, value, interval, key, digest."""
    axes = [axis.name for axis in results.graph.axes]
    axes = [axis for axis in axes if any(axis in cell.point for cell in measure.cells)]
    for cell in measure.cells:
        yield _node_row(cell, axes, results)


def _node_row(cell: Cell, axes: Sequence[str], results: Results) -> dict[str, Any]:
    from w2sdl_runtime.report.metric_numbers import part_numbers

    metric = results.metric(cell.node)
    numbers = (None, None, None) if isinstance(metric, Missing) else part_numbers(metric, "")[:3]
    entry = results.nodes.get(cell.node)
    missing = isinstance(metric, Missing)
    return {
        "of": cell.of,
        **{axis: cell.point.get(axis) for axis in axes},
        **dict(zip(("value", "lower", "upper"), numbers, strict=True)),
        **({} if isinstance(metric, Missing) else _scores(metric.facts.get("accuracies", {}))),
        "n": 0 if isinstance(metric, Missing) else metric.n,
        "reason": metric.why if isinstance(metric, Missing) else metric.reason,
        "address": results.graph.nodes[cell.node].address,
        "key": entry["key"] if entry and not missing else "",
        "digest": entry["digest"] if entry and not missing else "",
    }


def summary_rows(
    measure: MeasureTable, results: Results, repeated: Replication
) -> list[dict[str, Any]]:
    """A row for each figure of the report: averaged over repetitions, with its interval."""
    from w2sdl_runtime.report.averaging import summarise

    table = summarise(measure, results, repeated)
    return [
        {
            "of": column.of,
            "part": column.part,
            **dict(zip(column.dims, names, strict=True)),
            "value": figure.estimate.value if figure.estimate else None,
            "lower": figure.estimate.lower if figure.estimate else None,
            "upper": figure.estimate.upper if figure.estimate else None,
            **_scores(figure.accuracies),
            **_gain(figure.gain),
            "n": figure.n,
            "repetitions": sum(single.value is not None for single in figure.singles),
            "reason": ", ".join(figure.reasons),
        }
        for column in table.columns
        for names, figure in column.figures.items()
    ]


def _scores(accuracies: Mapping[str, float]) -> dict[str, float]:
    """What a recovered gap never stands without, by role; {} of any other number."""
    return {f"{role}_score": value for role, value in accuracies.items()}


def _gain(gain: Interval | None) -> dict[str, float | None]:
    if gain is None:
        return {}
    return {"gain": gain.value, "gain_lower": gain.lower, "gain_upper": gain.upper}


def arrow_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table; one that lacks a column is null there."""
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
