"""Measures as sheets of cells, for the terminal and for papers: the figures that the report has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from w2sdl.graph import MeasureTable
from w2sdl_runtime.report.deltas import Deltas
from w2sdl_runtime.report.headline import ratio_name
from w2sdl_runtime.report.layout import Grid, grid_of
from w2sdl_runtime.report.measure_words import measure_in_words
from w2sdl_runtime.report.tables import ROLES, Figure, Table
from w2sdl_runtime.report.text import amount
from w2sdl_runtime.stats.intervals import Interval

#: Warnings that change how a number is to be read.
_WARNINGS = {"small_gap": "small gap", "unstable": "unstable"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and its interval as shown; ``mark`` is what to know of it, or why there is none."""

    text: str
    interval: str = ""
    mark: str = ""
    delta: str = ""  #: how far it is from the baseline, with the paired interval


@dataclass(frozen=True, slots=True)
class Sheet:
    """A measure: its axes, its columns, and a row for each point of its design."""

    name: str
    title: str  #: what is measured, on which rows
    unit: str  #: "in per cent", or ""
    methods: tuple[str, ...]  #: how the intervals were formed
    repetitions: int
    axes: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    baseline: str  #: what differences are from; "" where there are none
    notes: tuple[str, ...]  #: why numbers are undefined or missing


#: By the id of a figure: its difference from the baseline.
_Deltas = Mapping[int, Interval]


def sheet_of(measure: MeasureTable, table: Table, deltas: Deltas) -> Sheet:
    """The sheet of one measure. Shares stand in per cent, as in the report."""
    found = {
        id(figure): delta.difference
        for column in table.columns
        for names, figure in column.figures.items()
        if (delta := deltas.of_figure(column, names)) and delta.difference
    }
    figures = [f for column in table.columns for f in column.figures.values()]
    known = [f.estimate for f in figures if f.estimate is not None]
    units = {f.unit for f in figures if f.estimate is not None}
    is_ratio = table.op == "pgr" and len(table.columns) == 1
    axes, heads, rows = (
        _of_ratio(table, found) if is_ratio else _of_each(grid_of(table), table, found)
    )
    return Sheet(
        table.name,
        measure_in_words(measure),
        "in per cent" if units == {"share"} else "",
        tuple(dict.fromkeys(found.method for found in known if found.method)),
        max((sum(s.value is not None for s in f.singles) for f in figures), default=0),
        axes,
        heads,
        tuple(rows),
        ", ".join(f"{at}: {name}" for at, name in deltas.graph.baseline.items()) if found else "",
        tuple(dict.fromkeys(reason for figure in figures for reason in figure.reasons)),
    )


_Rows = Iterator[tuple[tuple[str, ...], tuple[Cell, ...]]]


def _of_each(
    grid: Grid, table: Table, deltas: _Deltas
) -> tuple[tuple[str, ...], tuple[str, ...], _Rows]:
    heads = tuple(", ".join(filter(None, [h.of, h.part])) or table.name for h in grid.heads)
    rows = (
        (
            tuple(key.text for key in row.keys),
            tuple(_cell(figure, deltas) for figure, _ in row.figures),
        )
        for row in grid.rows
    )
    return grid.dims, heads, rows


def _of_ratio(table: Table, deltas: _Deltas) -> tuple[tuple[str, ...], tuple[str, ...], _Rows]:
    """A recovered gap stands with what it is formed of, the gain, and how many rows there are."""
    (column,) = table.columns
    heads = (*(table.arguments.get(role, role) for role in ROLES), "gain", ratio_name(column))
    points = table.points()
    rows = (
        (tuple(p[dim] for dim in table.dims), _ratio_cells(column.at(p), deltas)) for p in points
    )
    return table.dims, heads, rows


def _ratio_cells(figure: Figure | None, deltas: _Deltas) -> tuple[Cell, ...]:
    if figure is None or not figure.accuracies:
        return (*[Cell("")] * (len(ROLES) + 1), _cell(figure, deltas))
    scores = [Cell(amount(figure.accuracies[role], figure.unit)) for role in ROLES]
    gain = Cell("") if figure.gain is None else _numbers(figure.gain, figure.unit)
    return (*scores, gain, _cell(figure, deltas))


def _cell(figure: Figure | None, deltas: _Deltas) -> Cell:
    if figure is None:
        return Cell("")
    if figure.estimate is None:
        return Cell("", mark="undefined" if figure.facts else "missing")
    marks = [words for warning, words in _WARNINGS.items() if warning in figure.warnings]
    marks += ["some repetitions missing"] if figure.partial else []
    found = _numbers(figure.estimate, figure.unit)
    delta = _delta(deltas[id(figure)], figure.unit) if id(figure) in deltas else ""
    return Cell(found.text, found.interval, ", ".join(marks), delta)


def _delta(found: Interval, unit: str) -> str:
    shown = _numbers(found, unit)
    sign = "+" if found.value > 0 else ""
    return f"Δ {sign}{shown.text} {shown.interval}".strip()


def _numbers(found: Interval, unit: str) -> Cell:
    ends = (found.lower, found.upper)
    known = None not in ends
    interval = f"[{', '.join(amount(end, unit) for end in ends)}]" if known else ""
    return Cell(amount(found.value, unit), interval)


def described(sheet: Sheet) -> str:
    """What the numbers of a sheet are: of what, in which unit, with which intervals."""
    parts = [sheet.title, *filter(None, [sheet.unit])]
    if sheet.repetitions > 1:
        parts.append(f"means over {sheet.repetitions} repetitions")
    if sheet.methods:
        parts.append(f"95 % intervals in brackets ({'; '.join(sheet.methods)})")
    if sheet.baseline:
        parts.append(f"Δ: how far from {sheet.baseline}, paired by row and repetition")
    return ", ".join(parts)
