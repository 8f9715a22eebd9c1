"""Parts of measures: agreement where the supervisor is right and where it is wrong, accuracy by entropy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw
from w2sdl_runtime.report.marks import SHAPES, WIDTH, Frame, domain_of, mark_layers, rows_in, x_axis
from w2sdl_runtime.report.plots import LABEL_LENGTH, mark_of, row_label
from w2sdl_runtime.report.shares import divides
from w2sdl_runtime.report.tables import Column, Point, Table, points_of
from w2sdl_runtime.report.telling import note_of, told_of

#: Up to so many parts are series beside each other at a point; more are rows, with the points as series.
SERIES = 4
#: What the whole is called beside its parts.
WHOLE = "all"


def plot_parts(tables: Sequence[Table], roles: Roles) -> dict[str, Plot]:
    """By measure: its parts beside the whole, where they don't divide it (`shares` shows those that do)."""
    found = {}
    for table in tables:
        parted = any(column.part for column in table.columns)
        plot = _plot(table, roles) if parted and not divides(table) else None
        if plot is not None:
            found[table.name] = plot
    return found


def _plot(table: Table, roles: Roles) -> Plot | None:
    marks = list(_marks(table))
    if not marks:
        return None
    many = len({mark["part"] for mark in marks}) > SERIES
    row, of = ("part", "place") if many else ("place", "part")
    marks = [mark | {"row": mark[row], "of": mark[of]} for mark in marks]
    names = list(dict.fromkeys(mark["of"] for mark in marks))
    role = roles.family(table.columns[0].of or table.arguments.get("student", ""))
    series = [role, "text", "muted", "other", "supervisor", "ceiling"]
    inks = [series[at % len(series)] for at in range(len(names))]
    share = all(mark["share"] for mark in marks)
    domain = domain_of(marks, [], share)
    frame = Frame(x_axis(domain, share), rows_in(marks), names, [INKS[ink] for ink in inks], False)
    import altair as alt

    height = len(rows_in(marks)) * (len(names) * 16 + 14)
    chart = alt.layer(*mark_layers(marks, [], frame)).properties(width=WIDTH, height=height)
    keys = tuple(
        Key(name, ink, SHAPES[at % len(SHAPES)])
        for at, (name, ink) in enumerate(zip(names, inks, strict=True))
    )
    note = note_of(figure for column in table.columns for figure in column.figures.values())
    told = told_of(marks, "row", share)
    return Plot(draw(chart, rows=True), keys, f"{table.name} by part", note, told)


def _marks(table: Table) -> Iterator[dict[str, Any]]:
    for point in points_of(table.columns):
        for column in table.columns:
            figure = column.at(point)
            if figure is not None and figure.estimate is not None:
                (mark,) = mark_of(figure, "", "")
                part = plain(column.part or WHOLE, LABEL_LENGTH)
                place = _place(column, point, table)
                yield mark | {"part": part, "place": place, "share": figure.unit == "share"}


def _place(column: Column, point: Point, table: Table) -> str:
    named = [plain(column.of, LABEL_LENGTH)] if column.of else []
    return " · ".join(filter(None, [*named, row_label(point)])) or table.name
