"""The number that another is compared with, by the spec's ``baseline``.

It is the number of the same measure at the same place, with the baseline's coordinates put in: of
``baseline evidence: none`` that of S'[evidence=debate, seed=2] is S'[evidence=none, seed=2]. A number
that is its own baseline has none, nor has one whose place doesn't exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from w2sdl.graph import Cell, Graph, MeasureTable

if TYPE_CHECKING:
    from w2sdl_runtime.report.tables import Column, Figure, Table


def baseline_of(graph: Graph, measure: MeasureTable, cell: Cell) -> Cell | None:
    """The cell that a cell of ``measure`` is compared with; None where there is none."""
    if not graph.baseline:
        return None
    of, point = _moved(graph.baseline, cell.of, cell.point)
    for other in measure.cells:
        if other.of == of and all(point.get(axis) == at for axis, at in other.point.items()):
            return None if other == cell else other
    return None


def baseline_figure(
    graph: Graph, table: Table, column: Column, names: tuple[str, ...]
) -> Figure | None:
    """The same for a mean over repetitions: ``names`` are the points of ``column.dims``."""
    if not graph.baseline:
        return None
    of, point = _moved(graph.baseline, column.of, dict(zip(column.dims, names, strict=True)))
    for other in table.columns:
        if (other.of, other.part) == (of, column.part):
            figure = other.at(point)
            return None if figure is column.figures[names] else figure
    return None


def _moved(
    baseline: Mapping[str, str], of: str, point: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """A place with the baseline's coordinates; a measure of several things is of none of them."""
    at = {axis: name for axis, name in baseline.items() if axis != "of"}
    return (baseline.get("of", of) if of else ""), {**point, **at}


def baseline_words(baseline: Mapping[str, str], dims: Sequence[str]) -> str:
    """The baseline as the caption of a table names it; "" where no number of the table has one.

    Args:
        baseline: of the spec: axis -> point, and what it is of under "of".
        dims: axes of the table. Of a baseline without "of" it names no other: a number that does not
            vary over an axis is not compared along it.
    """
    of = baseline.get("of", "")
    axes = [
        f"{axis} {at}" for axis, at in baseline.items() if axis != "of" and (of or axis in dims)
    ]
    return ", ".join([of, *axes] if of else axes)
