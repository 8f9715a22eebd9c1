"""The numbers of a run as one tidy table, each with its interval and with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl.graph import Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.deltas import Delta, Deltas
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.selecting import number_text
from w2sdl_runtime.runs.columns import RESULTS, axis_columns, schema_of
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    import pyarrow as pa

    from w2sdl_runtime.report.tables import Column, Figure, Single, Table
    from w2sdl_runtime.stats.intervals import Interval

SINGLE, MEAN = "single", "mean"


class Numbers:
    """What a run measured. ``results`` are read once, whichever tables are made of them."""

    def __init__(self, run: str, graph: Graph, results: Results, repeated: Replication) -> None:
        self.run, self.graph, self.results, self.repeated = run, graph, results, repeated
        names = [axis.name for axis in graph.axes]
        self.axes = axis_columns(names, RESULTS)

    def table(self) -> pa.Table:
        """All numbers of all measures: `columns.RESULTS`, with a column for each axis."""
        import pyarrow as pa

        rows = [row for measure in self.graph.measures for row in self.of_measure(measure)]
        return pa.Table.from_pylist(rows, schema_of(RESULTS, self.axes.values()))

    def of_measure(self, measure: MeasureTable) -> Iterator[dict[str, Any]]:
        """For each figure of a measure: the numbers of its nodes, then their mean."""
        from w2sdl_runtime.report.averaging import summarise

        table = summarise(measure, self.results, self.repeated)
        deltas = Deltas(self.graph, measure, table, self.results, self.repeated)
        for column in table.columns:
            fixed = self._fixed(table, column)
            for names, figure in column.figures.items():
                point = dict(zip(column.dims, names, strict=True))
                for single in figure.singles:
                    delta = deltas.of_single(column, single)
                    yield fixed | self._single(table, column, single) | _compared(delta)
                delta = deltas.of_figure(column, names)
                text = number_text(table.name, column.of, point, column.part)
                yield fixed | self._mean(text, point, figure) | _compared(delta)

    def _fixed(self, table: Table, column: Column) -> dict[str, Any]:
        return {
            "run": self.run,
            "experiment": self.graph.experiment,
            "measure": table.name,
            "op": table.op,
            "split": table.on,
            "of": column.of or table.arguments.get("student", ""),
            "part": column.part,
        }

    def _single(self, table: Table, column: Column, single: Single) -> dict[str, Any]:
        from w2sdl_runtime.report.metric_numbers import interval_method, metric_part, unit_of

        metric = self.results.metric(single.node)
        row = {
            **self._at(single.point),
            "kind": SINGLE,
            "value": single.value,
            "lower": single.lower,
            "upper": single.upper,
            "reason": single.reason or None,
            "repetitions": int(single.value is not None),
            "number": number_text(table.name, column.of, single.point, column.part),
            **self._place(single),
        }
        if not isinstance(metric, Metric):
            return row
        part = metric_part(metric, column.part) if column.part else {}
        facts = metric.facts
        return row | {
            "metric": metric.name,
            "interval": interval_method(metric) or None if single.lower is not None else None,
            "n": part.get("n", metric.n),
            "unit": unit_of(metric, column.part),
            "warnings": ", ".join(facts.get("warnings", ())) or None,
            **_recovered(facts.get("accuracies", {}), facts.get("gain")),
        }

    def _mean(self, text: str, point: Mapping[str, str], figure: Figure) -> dict[str, Any]:
        found: Interval | None = figure.estimate
        gain = figure.facts.get("gain")
        return {
            **self._at(point),
            "kind": MEAN,
            "metric": self._metric(figure.singles),
            "value": found.value if found else None,
            "lower": found.lower if found else None,
            "upper": found.upper if found else None,
            "interval": found.method or None if found else None,
            "n": figure.n if figure.facts else None,
            "unit": figure.unit if figure.facts else None,
            "repetitions": sum(single.value is not None for single in figure.singles),
            "reason": "; ".join(figure.reasons) or None,
            "warnings": ", ".join(figure.warnings) or None,
            **_recovered(figure.accuracies, gain),
            "number": text,
            **(self._place(figure.singles[0]) if len(figure.singles) == 1 else {}),
        }

    def _at(self, point: Mapping[str, str]) -> dict[str, str]:
        return {self.axes[axis]: name for axis, name in point.items() if axis in self.axes}

    def _place(self, single: Single) -> dict[str, str | None]:
        entry = self.results.nodes.get(single.node, {})
        return {
            "address": single.address,
            "key": entry.get("key") or None,
            "digest": entry.get("digest") or None,
        }

    def _metric(self, singles: Sequence[Single]) -> str | None:
        for single in singles:
            metric = self.results.metric(single.node)
            if isinstance(metric, Metric):
                return metric.name
        return None


def _compared(delta: Delta | None) -> dict[str, Any]:
    """How far a number is from the spec's baseline; {} where it has none."""
    if delta is None:
        return {}
    found = delta.difference
    return {
        "baseline": delta.baseline,
        "delta": found.value if found else None,
        "delta_lower": found.lower if found else None,
        "delta_upper": found.upper if found else None,
        "delta_interval": found.method or None if found else None,
    }


def _recovered(
    accuracies: Mapping[str, float], gain: Mapping[str, float] | None
) -> dict[str, float | None]:
    """What a recovered gap never stands without; {} of any other number."""
    found: dict[str, float | None] = {f"{role}_score": of for role, of in accuracies.items()}
    if gain is not None:
        found |= {"gain": gain["value"], "gain_lower": gain["lower"], "gain_upper": gain["upper"]}
    return found
