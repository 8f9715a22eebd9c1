"""Figures of scores and recovered gaps, as altair charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from w2sdl_runtime.report.tables import Column, Figure, points_of
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
    points = points_of(columns)
    varied = [column for column in columns if column.dims] or list(columns)
    fixed = [column for column in columns if column not in varied]
    flat = not varied[0].dims
    marks, seeds = [], []
    for column in varied:
        for point in points:
            figure = column.at(point)
            row = plain(column.of, LABEL_LENGTH) if flat else row_label(point)
            if figure is not None:
                marks += mark_of(figure, row, column.of)
                seeds += _seeds(figure, row, column.of)
    if not marks:
        return None
    lines = [
        mark
        for column in fixed
        for f in column.figures.values()
        for mark in mark_of(f, "", column.of)
    ]
    names = [column.of for column in varied]
    inks = [INKS[roles.family(name)] for name in names]
    height = len(rows_in(marks)) * ((1 if flat else len(varied)) * 22 + 14)
    domain = domain_of([*marks, *lines], seeds, share)
    frame = Frame(x_axis(domain, share), rows_in(marks), names, inks, flat)
    layers = [*line_layers(lines, roles, domain), *mark_layers(marks, seeds, frame)]
    keys = [Key(n, roles.family(n), SHAPES[i % len(SHAPES)]) for i, n in enumerate(names)]
    return Plot(
        _chart(layers, height),
        tuple(keys) if not flat else (),
        _title(what, columns),
        _note(columns),
        told_of([*lines, *marks], "row" if not flat else "at", share),
    )


def plot_ratio(columns: Sequence[Column], names: Sequence[str], roles: Roles) -> Plot | None:
    """PGR at each design point, between 0 (the weak model) and 1 (the ceiling)."""
    points = points_of(columns)
    marks, seeds, holes = [], [], []
    for column, name in zip(columns, names, strict=True):
        for point in points:
            figure = column.at(point)
            row = row_label(point) or plain(name, LABEL_LENGTH)
            if figure is None:
                continue
            if figure.estimate is None:
                holes.append(
                    {"row": row, "of": name, "note": "undefined" if figure.facts else "missing"}
                )
            marks += mark_of(figure, row, name)
            seeds += _ratio_seeds(figure, row, name)
    if not marks:
        return None
    rows = list(
        dict.fromkeys(row_label(p) or plain(n, LABEL_LENGTH) for p in points for n in names)
    )
    domain = ratio_domain(marks)
    inks = [INKS["student"]] * len(names)
    ends = [
        end_mark(0.0, "weak model", "weak", "right"),
        end_mark(1.0, "ceiling", "ceiling", "left"),
    ]
    frame = Frame(x_axis(domain, True), rows, list(names), inks, False)
    layers = [*end_layers(ends), *mark_layers(marks, seeds, frame), *hole_layers(holes, frame)]
    keys = [Key(n, "student", SHAPES[i % len(SHAPES)]) for i, n in enumerate(names)]
    height = len(rows) * (len(names) * 22 + 14)
    return Plot(
        _chart(layers, height),
        tuple(keys) if len(keys) > 1 else (),
        _title("Performance gap recovered", columns),
        _note(columns),
        told_of(marks, "row", True),
    )


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
