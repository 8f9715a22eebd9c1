"""Figures of scores and recovered gaps, as altair charts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw
from w2sdl_runtime.report.marks import (
    SHAPES,
    WIDTH,
    Frame,
    domain_of,
    end_layers,
    end_mark,
    hole_layers,
    line_layers,
    mark_layers,
    ratio_domain,
    rows_in,
    x_axis,
)
from w2sdl_runtime.report.tables import Column, Figure, Point, points_of
from w2sdl_runtime.report.telling import note_of, told_of
from w2sdl_runtime.report.text import listed

LABEL_LENGTH = 34


def row_label(point: Mapping[str, str]) -> str:
    """A design point as a row label: the names of its points."""
    return plain(" · ".join(point.values()), LABEL_LENGTH)


def plot_scores(columns: Sequence[Column], roles: Roles, share: bool, what: str) -> Plot | None:
    """Mean, interval and single seeds of each predictor at each design point; ``what`` is the score.

    What doesn't vary over the design (a ceiling) is a line through all rows, with its interval as a
    band. None where there is nothing to draw.
    """
    columns = [c for c in columns if any(f.estimate for f in c.figures.values())]
    if not columns:
        return None
    varied = [column for column in columns if column.dims] or list(columns)
    flat = not varied[0].dims
    marks, seeds = _marks_and_seeds(varied, points_of(columns), flat)
    if not marks:
        return None
    lines = [mark for c in columns if c not in varied for mark in _line(c)]
    names = [column.of for column in varied]
    rows, domain = rows_in(marks), domain_of([*marks, *lines], seeds, share)
    inks = [INKS[roles.family(name)] for name in names]
    frame = Frame(x_axis(domain, share), rows, names, inks, flat)
    layers = [*line_layers(lines, roles, domain), *mark_layers(marks, seeds, frame)]
    return Plot(
        _chart(layers, _height(rows, [""] if flat else names)),
        () if flat else _keys(names, map(roles.family, names)),
        _title(what, columns),
        _note(columns),
        told_of([*lines, *marks], "at" if flat else "row", share),
    )


def _marks_and_seeds(
    columns: Sequence[Column], points: Sequence[Point], flat: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Means with their intervals, and single repetitions, of every predictor at every point."""
    marks, seeds = [], []
    for column in columns:
        for point in points:
            figure = column.at(point)
            if figure is not None:
                row = plain(column.of, LABEL_LENGTH) if flat else row_label(point)
                marks += mark_of(figure, row, column.of)
                seeds += _seeds(figure, row, column.of)
    return marks, seeds


def _line(column: Column) -> Iterator[dict[str, Any]]:
    """What does not vary over the design."""
    for figure in column.figures.values():
        yield from mark_of(figure, "", column.of)


def plot_ratio(columns: Sequence[Column], names: Sequence[str], roles: Roles) -> Plot | None:
    """PGR at each design point, between 0 (the weak model) and 1 (the ceiling)."""
    found = list(_ratios(columns, names))
    marks = [mark for figure, row, name in found for mark in mark_of(figure, row, name)]
    if not marks:
        return None
    seeds = [seed for figure, row, name in found for seed in _ratio_seeds(figure, row, name)]
    holes = [_hole(figure, row, name) for figure, row, name in found if figure.estimate is None]
    points = points_of(columns)
    rows = list(dict.fromkeys(_ratio_row(point, name) for point in points for name in names))
    axis = x_axis(ratio_domain(marks), True)
    frame = Frame(axis, rows, list(names), [INKS["student"]] * len(names), False)
    ends = [
        end_mark(0.0, "weak model", "weak", "right"),
        end_mark(1.0, "ceiling", "ceiling", "left"),
    ]
    layers = [*end_layers(ends), *mark_layers(marks, seeds, frame), *hole_layers(holes, frame)]
    return Plot(
        _chart(layers, _height(rows, names)),
        _keys(names, ["student"] * len(names)) if len(names) > 1 else (),
        _title("Performance gap recovered", columns),
        _note(columns),
        told_of(marks, "row", True),
    )


def _ratios(columns: Sequence[Column], names: Sequence[str]) -> Iterator[tuple[Figure, str, str]]:
    """Each recovered gap, with its row and of which student it is."""
    for column, name in zip(columns, names, strict=True):
        for point in points_of(columns):
            figure = column.at(point)
            if figure is not None:
                yield figure, _ratio_row(point, name), name


def _ratio_row(point: Point, name: str) -> str:
    return row_label(point) or plain(name, LABEL_LENGTH)


def _hole(figure: Figure, row: str, of: str) -> dict[str, Any]:
    return {"row": row, "of": of, "note": "undefined" if figure.facts else "missing"}


def _keys(names: Sequence[str], inks: Iterable[str]) -> tuple[Key, ...]:
    """Of series: a shape for each, in its ink."""
    shapes = itertools.cycle(SHAPES)
    return tuple(
        Key(name, ink, shape) for name, ink, shape in zip(names, inks, shapes, strict=False)
    )


def _height(rows: Sequence[str], series: Sequence[str]) -> int:
    """A line for each series in each row, and room between rows."""
    return len(rows) * (len(series) * 22 + 14)


def _title(what: str, columns: Sequence[Column]) -> str:
    dims = list(dict.fromkeys(dim for column in columns for dim in column.dims))
    return f"{what} by {listed(dims)}" if dims else what


def _note(columns: Sequence[Column]) -> str:
    return note_of(figure for column in columns for figure in column.figures.values())


def mark_of(figure: Figure, row: str, of: str) -> list[dict[str, Any]]:
    """A number with its interval as a row of a chart; [] where there is none."""
    if figure.estimate is None:
        return []
    estimate = figure.estimate
    bounds = {"lower": estimate.lower, "upper": estimate.upper}
    unstable = "unstable" in figure.warnings
    return [
        {"row": row, "at": "", "of": of, "value": estimate.value, "unstable": unstable, **bounds}
    ]


def _seeds(figure: Figure, row: str, of: str) -> list[dict[str, Any]]:
    if len(figure.singles) < 2:
        return []
    return [
        {"row": row, "of": of, "value": single.value}
        for single in figure.singles
        if single.value is not None
    ]


def _ratio_seeds(figure: Figure, row: str, of: str) -> list[dict[str, Any]]:
    seeds = figure.facts.get("per_seed", ())
    if len(seeds) < 2:
        return []
    return [{"row": row, "of": of, "value": s["pgr"]} for s in seeds if s["pgr"] is not None]


def _chart(layers: list[Any], height: int) -> dict[str, Any]:
    import altair as alt

    return draw(alt.layer(*layers).properties(width=WIDTH, height=height), rows=True)
