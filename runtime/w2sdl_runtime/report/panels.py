"""The tables of the headline: which predictors stand side by side, and in which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl.roles import Roles
from w2sdl_runtime.report.layout import Key, keys_of_points
from w2sdl_runtime.report.tables import ROLES, Column, Figure, Table, points_of
from w2sdl_runtime.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the headline."""

    title: str
    tag: str  #: its role in words
    role: str  #: its colour
    measure: str
    column: Column
    kind: str  #: "score" | "ratio" | "gain" | "formed": a score that the ratio is formed of


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell of the headline; ``repeated`` where the row above has the same figure."""

    figure: Figure | None
    estimate: Interval | None
    repeated: bool
    unit: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Columns that vary over the same axes, or over none; and rows with their design point."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Mapping[str, str], tuple[Slot, ...]], ...]
    dims: tuple[str, ...]

    @property
    def keys(self) -> list[tuple[Key, ...]]:
        """Where each row stands."""
        return keys_of_points([point for point, _ in self.rows], self.dims)

    @property
    def unstable(self) -> bool:
        """Whether a recovered gap of it has no interval, since the gap itself may be none."""
        figures = [slot.figure for _, slots in self.rows for slot in slots]
        return any(figure is not None and "unstable" in figure.warnings for figure in figures)


def panels_of(heads: Sequence[Head], ratios: Sequence[Table], roles: Roles) -> tuple[Panel, ...]:
    """Students over evidence and students over losses are two tables, never a table of all pairs.

    A ratio of one arm of a student has a table of its own, where each of its numbers stands once.
    """
    every = list(dict.fromkeys(frozenset(head.column.dims) for head in heads))
    widest = [own for own in every if not any(own < other for other in every)]
    found = []
    for table in ratios:
        own = frozenset(table.columns[0].dims)
        if own not in widest:
            beside = [h for h in heads if own.issuperset(h.column.dims) and h.kind == "score"]
            found.append(_panel([*_with_formed(beside, table, roles), *_of(table, heads)]))
    apart = {head.measure for panel in found for head in panel.heads if head.kind == "ratio"}
    rest = [head for head in heads if head.kind == "score" or head.measure not in apart]
    found += [_panel([h for h in rest if own.issuperset(h.column.dims)]) for own in widest]
    order = [table.name for table in ratios]
    return tuple(sorted(found, key=lambda panel: _first_ratio(panel, order)))


def _first_ratio(panel: Panel, order: Sequence[str]) -> int:
    """The place in the spec of the first recovered gap that a panel shows; panels of none come last."""
    places = [order.index(head.measure) for head in panel.heads if head.kind == "ratio"]
    return min(places, default=len(order))


def _of(table: Table, heads: Sequence[Head]) -> list[Head]:
    return [head for head in heads if head.kind != "score" and head.measure == table.name]


def _with_formed(scores: Sequence[Head], table: Table, roles: Roles) -> list[Head]:
    """The scores of a table, with those of which the ratio is formed where they are not among them."""
    known = {head.title for head in scores}
    column = table.columns[0]
    formed = [
        Head(title, role, role, table.name, column, "formed")
        for role in ROLES
        if (title := table.arguments.get(role, role)) not in known
    ]
    return sorted([*scores, *formed], key=lambda head: roles.rank(head.title))


def _panel(heads: Sequence[Head]) -> Panel:
    points = points_of([head.column for head in heads])
    rows, above = [], [None] * len(heads)
    for point in points:
        figures = [head.column.at(point) for head in heads]
        slots = tuple(
            _slot(head, figure, figure is not None and figure is last)
            for head, figure, last in zip(heads, figures, above, strict=True)
        )
        rows.append((point, slots))
        above = figures  # type: ignore[assignment]
    return Panel(tuple(heads), tuple(rows), tuple(points[0]))


def _slot(head: Head, figure: Figure | None, repeated: bool) -> Slot:
    if figure is None:
        return Slot(None, None, False, "")
    match head.kind:
        case "gain":
            estimate = figure.gain
        case "formed":
            value = figure.accuracies.get(head.tag)
            estimate = None if value is None else Interval(value, None, None, "")
        case _:
            estimate = figure.estimate
    return Slot(figure, estimate, repeated, figure.unit)
