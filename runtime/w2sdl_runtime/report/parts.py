"""Parts of measures: agreement where the supervisor is right and where it is wrong, accuracy by entropy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.layout import whole_of, without_doubles
from w2sdl_runtime.report.marks import (
    PER_CENT,
    SHAPES,
    WIDTH,
    Frame,
    domain_of,
    mark_layers,
    rows_in,
    x_axis,
)
from w2sdl_runtime.report.plots import LABEL_LENGTH, mark_of, row_label
from w2sdl_runtime.report.shares import divides
from w2sdl_runtime.report.tables import Column, Point, Table, points_of
from w2sdl_runtime.report.telling import note_of, told_of
from w2sdl_runtime.report.text import IN_PER_CENT

#: Up to so many parts are series beside each other at a point; more are rows, with the points as series.
SERIES = 4
#: Up to so many points are told apart by shape and ink; of more, each part has a panel of its own.
TOLD_APART = len(SHAPES)
#: Up to so many numbers stand in one frame.
ROOM = 27
#: Panels side by side, and the width of one.
ACROSS, PANEL = 3, 170


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
    parts, places = ({mark[name] for mark in marks} for name in ("part", "place"))
    role = roles.family(table.columns[0].of or table.arguments.get("student", ""))
    if len(parts) * len(places) > ROOM and len(places) > TOLD_APART:
        order = [plain(_part(column, table), LABEL_LENGTH) for column in table.columns]
        chart: Any = _panels(marks, [part for part in dict.fromkeys(order) if part in parts], role)
        keys: tuple[Key, ...] = ()
    else:
        row, of = ("part", "place") if len(parts) > SERIES else ("place", "part")
        chart, keys = _rows([mark | {"row": mark[row], "of": mark[of]} for mark in marks], role)
    note = note_of(figure for column in table.columns for figure in column.figures.values())
    share = all(mark["share"] for mark in marks)
    told = told_of([mark | {"of": mark["part"]} for mark in marks], "place", share)
    return Plot(draw(chart, rows=True), keys, f"{table.name} by part", note, told)


def _rows(marks: list[dict[str, Any]], role: str) -> tuple[Any, tuple[Key, ...]]:
    """A row for each place, and in it a series for each part; or the other way round."""
    import altair as alt

    names = list(dict.fromkeys(mark["of"] for mark in marks))
    series = [role, "text", "muted", "other", "supervisor", "ceiling"]
    inks = [series[at % len(series)] for at in range(len(names))]
    share = all(mark["share"] for mark in marks)
    axis = x_axis(domain_of(marks, [], share), share)
    frame = Frame(axis, rows_in(marks), names, [INKS[ink] for ink in inks], False)
    height = len(rows_in(marks)) * (len(names) * 16 + 14)
    chart = alt.layer(*mark_layers(marks, [], frame)).properties(width=WIDTH, height=height)
    keys = (
        Key(name, ink, SHAPES[at % len(SHAPES)])
        for at, (name, ink) in enumerate(zip(names, inks, strict=True))
    )
    return chart, tuple(keys)


def _panels(marks: Sequence[Mapping[str, Any]], parts: Sequence[str], role: str) -> Any:
    """A panel for each part, with a row for each place; on one scale, so that parts compare."""
    import altair as alt

    rows = list(dict.fromkeys(mark["place"] for mark in marks))
    share = all(mark["share"] for mark in marks)
    axis = alt.Axis(title=None, format=PER_CENT if share else ".3~f", tickCount=3)
    scale = alt.Scale(domain=domain_of(marks, [], share), nice=False)
    places = alt.Y("place:N", sort=rows, scale=alt.Scale(domain=rows), title=None)
    base = alt.Chart(rows_of(marks)).encode(y=places, color=alt.value(INKS[role]))
    bounded = base.transform_filter("datum.lower != null").mark_rule(strokeWidth=1.6)
    points = base.mark_point(size=45, filled=True, opacity=1)
    layered = alt.layer(
        bounded.encode(x=alt.X("lower:Q", scale=scale, axis=axis), x2="upper:Q"),
        points.encode(x=alt.X("value:Q", scale=scale, axis=axis)),
    )
    header = alt.Header(title=None, labelColor=INKS["text"], labelFontSize=13)
    panels = layered.properties(width=PANEL, height=len(rows) * 16).facet(
        facet=alt.Facet("part:N", sort=list(parts), header=header), columns=min(ACROSS, len(parts))
    )
    return panels.resolve_axis(x="independent")


def _marks(table: Table) -> Iterator[dict[str, Any]]:
    columns = without_doubles(table.columns)
    for point in points_of(columns):
        for column in columns:
            figure = column.at(point)
            if figure is not None and figure.estimate is not None:
                (mark,) = mark_of(figure, "", "")
                part = plain(_part(column, table), LABEL_LENGTH)
                place = _place(column, point, table)
                yield mark | {"part": part, "place": place, "share": figure.unit in IN_PER_CENT}


def _part(column: Column, table: Table) -> str:
    return column.part or whole_of(column, table)


def _place(column: Column, point: Point, table: Table) -> str:
    named = [plain(column.of, LABEL_LENGTH)] if column.of else []
    return " · ".join(filter(None, [*named, row_label(point)])) or table.name
