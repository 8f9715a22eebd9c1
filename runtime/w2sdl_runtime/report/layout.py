"""How a measure lies on a page: what is a row, what a column, and what the row above has said already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl_runtime.report.measure_words import whole_name
from w2sdl_runtime.report.tables import Column, Figure, Table

OF = "of"  #: heads the column that says what a row is of


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row stands on one axis; ``repeated`` where the row above stands there too."""

    text: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class GridHead:
    """A column of numbers: of which predictor, of which part of the measure."""

    of: str
    part: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """``figures`` have None where the measure has no number; ``same`` where none of them varies."""

    keys: tuple[Key, ...]
    figures: tuple[tuple[Figure | None, bool], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A measure as rows and columns."""

    dims: tuple[str, ...]
    heads: tuple[GridHead, ...]
    rows: tuple[GridRow, ...]


def grid_of(table: Table) -> Grid:
    """A row for each point; where several predictors have parts, for each point and predictor."""
    columns = without_doubles(table.columns)
    parts = list(dict.fromkeys(column.part for column in columns))
    names = list(dict.fromkeys(column.of for column in columns))
    if len(names) > 1 and len(parts) > 1:
        return _by_part(table, columns, names, parts)
    parted = any(column.part for column in table.columns)
    heads = tuple(GridHead(c.of, c.part or (whole_of(c, table) if parted else "")) for c in columns)
    points = table.points()
    keys = keys_of_points(points, table.dims)
    rows = tuple(
        GridRow(key, tuple((c.at(point), not c.dims and place > 0) for c in columns))
        for place, (key, point) in enumerate(zip(keys, points, strict=True))
    )
    return Grid(table.dims, heads, rows)


def _by_part(
    table: Table, columns: Sequence[Column], names: Sequence[str], parts: Sequence[str]
) -> Grid:
    found = {(column.of, column.part): column for column in columns}
    heads = tuple(
        GridHead("", part or whole_of(next(c for c in columns if not c.part), table))
        for part in parts
    )
    points = [{**point, OF: name} for point in table.points() for name in names]
    dims = (*table.dims, OF)
    rows = []
    for key, point in zip(keys_of_points(points, dims), points, strict=True):
        own = [found.get((point[OF], part)) for part in parts]
        figures = tuple((c.at(point) if c else None, False) for c in own)
        rows.append(GridRow(key, figures))
    return Grid(dims, heads, tuple(rows))


def keys_of_points(
    points: Sequence[Mapping[str, str]], dims: Sequence[str]
) -> list[tuple[Key, ...]]:
    """Where each row stands; an axis is said anew wherever one before it has moved."""
    rows: list[tuple[Key, ...]] = []
    for place, point in enumerate(points):
        above = points[place - 1] if place else {}
        moved = [dim for dim in dims if above.get(dim) != point[dim]]
        first = dims.index(moved[0]) if moved else len(dims)
        rows.append(tuple(Key(point[dim], number < first) for number, dim in enumerate(dims)))
    return rows


def without_doubles(columns: Sequence[Column]) -> list[Column]:
    """Without wholes that one of their own parts is: the part's name says what the number is."""
    doubled = {
        whole.of
        for whole in columns
        if not whole.part
        and whole.figures
        and all(_is_a_part(figure) for figure in whole.figures.values())
    }
    return [column for column in columns if column.part or column.of not in doubled]


def _is_a_part(figure: Figure) -> bool:
    facts = figure.facts
    return any(
        "where" in part
        and part.get("score", facts.get("score")) == facts.get("score")
        and part.get("where", "") == facts.get("among", "")
        and part.get("is", True)
        for part in facts.get("parts", ())
    )


def whole_of(column: Column, table: Table) -> str:
    """What the number beside its parts is called."""
    return whole_name(table.op, [figure.facts for figure in column.figures.values()])
