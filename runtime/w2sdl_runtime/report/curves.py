"""Curves: what was measured against an axis of numbers, such as the size of a model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.graph import AxisInfo, Graph
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.marks import DASHES, PER_CENT, SHAPES, ratio_domain
from w2sdl_runtime.report.plots import LABEL_LENGTH
from w2sdl_runtime.report.shares import divides
from w2sdl_runtime.report.tables import Column, Figure, Point, Table, points_of
from w2sdl_runtime.report.telling import note_of, told_of
from w2sdl_runtime.report.text import IN_PER_CENT

#: Panels side by side; more of them go below.
ACROSS = 3
HEIGHT = 190
WIDTH = 720
#: How far series stand beside each other, as a share of the axis.
DODGE = 0.012


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure of one measure against one axis; ``holes`` counts the points without a number.

    ``unstable`` counts those whose gap may be none (PGR): they are hollow, without an interval.
    """

    axis: str
    plot: Plot
    holes: int
    unstable: int


def plot_curves(
    tables: Sequence[Table], graph: Graph, repeated: frozenset[str], roles: Roles
) -> dict[str, list[Curve]]:
    """By measure: its curves against every axis of two numbers or more that is not averaged over."""
    axes = [Scale.of(axis) for axis in graph.axes if axis.name not in repeated]
    curves: dict[str, list[Curve]] = {}
    for table in tables:
        for scale in axes:
            if scale.numbers and scale.axis in table.dims:
                curve = _curve(table, scale, roles)
                curves.setdefault(table.name, []).extend([curve] if curve else [])
    return curves


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis whose points are numbers, some of them different; without numbers otherwise."""

    axis: str
    numbers: Mapping[str, float]  #: point -> number

    @classmethod
    def of(cls, axis: AxisInfo) -> Scale:
        """The numbers of an axis's points."""
        try:
            found = {p: _number(t) for p, t in zip(axis.points, axis.texts, strict=True)}
        except ValueError:
            found = {}
        return cls(axis.name, found if len(set(found.values())) > 1 else {})

    @property
    def width(self) -> float:
        """From the smallest to the largest number."""
        return max(self.numbers.values()) - min(self.numbers.values())

    def labels(self, short: bool) -> str:
        """A Vega expression: the name of the point at a tick, and unless ``short`` its number."""
        words = [
            (number, name if short or name == f"{number:g}" else f"{name} ({number:g})")
            for name, number in self.numbers.items()
        ]
        cases = [f"datum.value == {number!r} ? {json.dumps(word)}" for number, word in words]
        return " : ".join([*cases, "''"])


def _number(text: str) -> float:
    digits = text.replace("_", "").strip()
    value = float(digits.removesuffix("%")) / (100 if digits.endswith("%") else 1)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _curve(table: Table, scale: Scale, roles: Roles) -> Curve | None:
    parted = not divides(table)  # shares of what the whole counts are no series beside it
    columns = [
        column
        for column in table.columns
        if any(f.estimate for f in column.figures.values()) and (parted or not column.part)
    ]
    if not any(scale.axis in column.dims for column in columns):
        return None
    names = [_series(column, table) for column in columns]
    marks, holes = [], 0
    for at, (column, name) in enumerate(zip(columns, names, strict=True)):
        # Side by side, or intervals would hide each other.
        aside = (at - (len(columns) - 1) / 2) * DODGE * scale.width
        for point in points_of(columns):
            found = list(_marks(column.at(point), name, _panel(point, scale.axis)))
            x, place = scale.numbers[point[scale.axis]] + aside, ", ".join(point.values())
            marks += [m | {"x": x, "at": place} for m in found]
            holes += not found
    inks = [roles.family(column.of or table.arguments.get("student", "")) for column in columns]
    keys = tuple(
        Key(name, ink, SHAPES[at % len(SHAPES)])
        for at, (name, ink) in enumerate(zip(names, inks, strict=True))
    )
    upright = _upright(marks, table.op == "pgr")
    unstable = sum(mark["unstable"] for mark in marks)
    note = note_of(figure for column in columns for figure in column.figures.values())
    if table.op == "pgr" and _is_cut(marks):
        note += " The frame ends where numbers go on."
    plot = Plot(
        draw(_chart(marks, keys, scale, upright)),
        keys if len(keys) > 1 else (),
        f"{table.name} by {scale.axis}",
        note,
        told_of(marks, "at", all(mark["share"] for mark in marks)),
    )
    return Curve(scale.axis, plot, holes, unstable)


def _series(column: Column, table: Table) -> str:
    of = column.of or table.arguments.get("student", table.name)
    return plain(f"{of}, {column.part}" if column.part else of, LABEL_LENGTH)


def _panel(point: Point, axis: str) -> str:
    """What is the same along a curve, in words."""
    words = " · ".join(name for dim, name in point.items() if dim != axis)
    return plain(words, LABEL_LENGTH)


def _marks(figure: Figure | None, of: str, panel: str) -> Iterator[dict[str, Any]]:
    if figure is not None and figure.estimate is not None:
        e = figure.estimate
        ends = {"value": e.value, "lower": e.lower, "upper": e.upper}
        told = {"share": figure.unit in IN_PER_CENT, "unstable": "unstable" in figure.warnings}
        yield {**ends, **told, "of": of, "panel": panel}


def _upright(marks: Sequence[Mapping[str, Any]], ratio: bool) -> Any:
    """The axis of what was measured; of a PGR always from the weak model to the ceiling."""
    import altair as alt

    share = all(mark["share"] for mark in marks)
    axis = alt.Axis(title=None, format=PER_CENT if share else ".3~f", tickCount=5)
    scale = alt.Scale(domain=ratio_domain(marks), nice=False) if ratio else alt.Scale(zero=False)
    return alt.Y("value:Q", scale=scale, axis=axis)


def _is_cut(marks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a recovered gap or its interval leaves the frame."""
    low, high = ratio_domain(marks)
    ends = [m[end] for m in marks for end in ("value", "lower", "upper") if m[end] is not None]
    return bool(min(ends) < low or max(ends) > high)


def _chart(marks: list[dict[str, Any]], keys: Sequence[Key], scale: Scale, upright: Any) -> Any:
    """Lines through means with their intervals; a panel for each point of the other axes."""
    import altair as alt

    names = [key.text for key in keys]
    series = alt.Scale(domain=names, range=[INKS[key.role] for key in keys])
    strokes = [list(DASHES[at % len(DASHES)]) for at in range(len(keys))]
    dashes = alt.StrokeDash("of:N", scale=alt.Scale(domain=names, range=strokes), legend=None)
    shapes = alt.Scale(domain=names, range=[key.shape for key in keys])
    ticks = sorted(set(scale.numbers.values()))
    panels = list(dict.fromkeys(mark["panel"] for mark in marks))
    title, margin = plain(scale.axis, LABEL_LENGTH), 0.08 * scale.width
    horizontal = alt.X(
        "x:Q",
        scale=alt.Scale(nice=False, zero=False, domain=[ticks[0] - margin, ticks[-1] + margin]),
        axis=alt.Axis(
            title=title,
            values=ticks,
            grid=False,
            labelExpr=scale.labels(short=len(panels) > 1),
            labelOverlap="greedy",
        ),
    )
    base = alt.Chart(rows_of(marks)).encode(
        x=horizontal, color=alt.Color("of:N", scale=series, legend=None)
    )
    bounds = base.transform_filter("datum.lower != null").mark_rule(opacity=0.55, clip=True)
    lower = upright.copy()
    lower.shorthand = "lower:Q"
    lines = base.mark_line(strokeWidth=1.8, clip=True).encode(y=upright, strokeDash=dashes)
    points = base.mark_point(size=70, filled=True, opacity=1, clip=True)
    means = points.encode(y=upright, shape=alt.Shape("of:N", scale=shapes, legend=None))
    hollow = means.transform_filter("datum.unstable").mark_point(
        size=70, fill=INKS["paper"], strokeWidth=1.6, opacity=1, clip=True
    )
    means = means.transform_filter("!datum.unstable")
    across = min(len(panels), ACROSS)
    width = WIDTH / across - 60 * (across > 1)
    layered = alt.layer(bounds.encode(y=lower, y2="upper:Q"), lines, means, hollow)
    layered = layered.properties(width=width, height=HEIGHT)
    if len(panels) == 1:
        return layered
    header = alt.Header(title=None, labelColor=INKS["text"], labelFontSize=13)
    facets = layered.facet(facet=alt.Facet("panel:N", sort=panels, header=header), columns=across)
    # A shared axis stands below the last row also where that row has no panel.
    return facets.resolve_axis(x="independent") if len(panels) % across else facets
