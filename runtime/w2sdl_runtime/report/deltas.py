"""How far numbers are from the spec's baseline: differences on the same rows and repetitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2sdl.graph import Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.baselines import baseline_figure, baseline_of
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.selecting import number_text
from w2sdl_runtime.report.tables import Column, Figure, Single, Table
from w2sdl_runtime.report.terms import Evaluator
from w2sdl_runtime.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Delta:
    """A number minus its baseline, with the paired interval; ``baseline`` is what `trace` takes."""

    baseline: str
    difference: Interval | None  #: None where one of the two is missing or undefined


@dataclass(frozen=True)
class Deltas:
    """Differences of one measure from its baseline."""

    graph: Graph
    measure: MeasureTable
    table: Table
    results: Results
    repeated: Replication

    def of_figure(self, column: Column, names: tuple[str, ...]) -> Delta | None:
        """Of a mean over repetitions; None where the spec gives it no baseline."""
        other = baseline_figure(self.graph, self.table, column, names)
        if other is None:
            return None
        of, at = self._place(other)
        point = dict(zip(column.dims, names, strict=True))
        sides = (self._mean(column.of, point, column.part), self._mean(of, at, column.part))
        nodes = [one.node for one in (*column.figures[names].singles, *other.singles)]
        text = number_text(self.table.name, of, at, column.part)
        return Delta(text, self._difference(*sides, nodes))

    def of_single(self, column: Column, single: Single) -> Delta | None:
        """Of the number of one node."""
        cell = next(c for c in self.measure.cells if c.node == single.node and c.of == column.of)
        other = baseline_of(self.graph, self.measure, cell)
        if other is None:
            return None
        text = number_text(self.table.name, other.of, other.point, column.part)
        mine, its = (self._tree(c.of, c.point, column.part) for c in (cell, other))
        return Delta(text, self._difference(mine, its, [cell.node, other.node]))

    def _place(self, figure: Figure) -> tuple[str, Mapping[str, str]]:
        """What a figure is of, and at which point of the design."""
        for column in self.table.columns:
            for names, one in column.figures.items():
                if one is figure:
                    return column.of, dict(zip(column.dims, names, strict=True))
        raise ValueError(f"a figure that {self.table.name} does not have")

    def _mean(self, of: str, point: Mapping[str, str], part: str) -> dict[str, Any]:
        over = sorted(self.repeated.axes)
        return {"call": "mean", "value": self._tree(of, point, part), "over": over}

    def _tree(self, of: str, point: Mapping[str, str], part: str) -> dict[str, Any]:
        select = {**({"of": of} if of else {}), **point}
        return {"table": self.measure.name, "select": select, "facet": part}

    def _difference(
        self, mine: Mapping[str, Any], other: Mapping[str, Any], nodes: Sequence[str]
    ) -> Interval | None:
        """Over the rows of these two only: the measure may have numbers on other data."""
        evaluator = Evaluator(self.graph, self.results, self.repeated, nodes)
        term = evaluator.term({"arith": "-", "left": mine, "right": other})
        if term.dims or not np.isfinite(term.values[0]):
            return None
        return evaluator.samples.estimate(term.values).interval()
