"""Shares of a whole: a measure whose parts divide its rows, as a stacked bar at each design point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.plots import LABEL_LENGTH, row_label
from w2sdl_runtime.report.tables import Column, Figure, Point, Table, points_of
from w2sdl_runtime.report.telling import note_of
from w2sdl_runtime.report.text import percent

WIDTH, BAR = 520, 34
#: Segments that are narrower have no number in them.
ROOM = 0.06
#: Segments are one ink, from full to this: the colours of a page mean roles, not types.
FAINTEST = 0.2
#: Fainter segments have dark numbers.
LIGHT = 0.6


def divides(table: Table) -> bool:
    """Whether the parts of a measure divide its rows: each counts its own, and all are counted once.

    A measure without any such row (a student that is never wrong) says nothing either way.
    """
    told = [_counts(figure) for column in table.columns for figure in column.figures.values()]
    some = [counts for counts in told if counts is not None]
    return any(some) and all(some)


def _counts(figure: Figure) -> bool | None:
    parts = figure.facts.get("parts", ())
    if not figure.facts or (parts and not any(part.get("n") for part in parts)):
        return None
    if len(parts) < 2 or any("count" not in part for part in parts):
        return False
    rows = {int(part["n"]) for part in parts}
    return rows == {sum(int(part["count"]) for part in parts)}


def plot_shares(tables: Sequence[Table], roles: Roles) -> dict[str, Plot]:
    """By measure: how its parts share its rows, where they divide them."""
    return {table.name: _plot(table, roles) for table in tables if divides(table)}


@dataclass(frozen=True, slots=True)
class _Bar:
    """One predictor at one design point."""

    row: str
    whole: Figure | None
    parts: Mapping[str, Figure | None]

    def segments(self) -> Iterator[dict[str, Any]]:
        """From left to right; none where the measure is undefined."""
        start = 0.0
        for part, figure in self.parts.items():
            if figure is not None and figure.estimate is not None:
                end = start + figure.estimate.value
                text = percent(end - start, 0) if end - start >= ROOM else ""
                at = {"row": self.row, "part": part, "text": text, "middle": (start + end) / 2}
                yield at | {"start": start, "end": end}
                start = end

    def total(self) -> dict[str, Any]:
        """What stands beside the bar: how many rows it is about."""
        estimate = self.whole.estimate if self.whole else None
        text = "missing" if estimate is None else f"{percent(estimate.value, 1)} % of rows"
        return {"row": self.row, "text": text, "at": 1.0}


def _plot(table: Table, roles: Roles) -> Plot:
    names = list(dict.fromkeys(c.part for c in table.columns if c.part))
    bars = list(_bars(table, names))
    role = roles.family(table.columns[0].of or table.arguments.get("student", ""))
    steps = max(1, len(names) - 1)
    shades = {
        plain(name, LABEL_LENGTH): round(1 - (1 - FAINTEST) * at / steps, 2)
        for at, name in enumerate(names)
    }
    keys = tuple(Key(name, role, "square", shade) for name, shade in shades.items())
    whole = note_of(bar.whole for bar in bars)
    chart = draw(_chart(bars, shades, INKS[role]), rows=True)
    return Plot(chart, keys, f"{table.name}, shared out", whole, _told(bars))


def _told(bars: Sequence[_Bar]) -> str:
    told = [
        f"{bar.row}: "
        + ", ".join(f"{s['part']} {percent(s['end'] - s['start'], 0)} %" for s in found)
        for bar in bars
        if (found := list(bar.segments()))
    ]
    return "; ".join(told)


def _bars(table: Table, names: Sequence[str]) -> Iterator[_Bar]:
    by_of: dict[str, dict[str, Column]] = {}
    for column in table.columns:
        by_of.setdefault(column.of, {})[column.part] = column
    for point in points_of(table.columns):
        for of, columns in by_of.items():
            parts = {
                plain(name, LABEL_LENGTH): columns[name].at(point) if name in columns else None
                for name in names
            }
            yield _Bar(_row(of, point, table), columns[""].at(point), parts)


def _row(of: str, point: Point, table: Table) -> str:
    named = of or ("" if point else table.arguments.get("student", table.name))
    return " · ".join(filter(None, [plain(named, LABEL_LENGTH), row_label(point)]))


def _chart(bars: Sequence[_Bar], shades: Mapping[str, float], ink: str) -> Any:
    import altair as alt

    rows = [bar.row for bar in bars]
    upright = alt.Y("row:N", sort=rows, scale=alt.Scale(domain=rows), title=None)
    axis = alt.Axis(title=None, format=".0%", tickCount=5, grid=False)
    across = alt.Scale(domain=[0, 1], nice=False)
    start = alt.X("start:Q", scale=across, axis=axis)
    segments = [
        segment | {"faint": shades[segment["part"]] < LIGHT}
        for bar in bars
        for segment in bar.segments()
    ]
    base = alt.Chart(rows_of(segments)).encode(y=upright)
    steps = alt.Scale(type="ordinal", domain=list(shades), range=list(shades.values()))
    shade = alt.FillOpacity("part:N", scale=steps, legend=None)
    boxes = base.mark_bar(fill=ink, stroke=INKS["paper"], height=BAR - 12)
    middle = alt.X("middle:Q", scale=across)
    layers = [boxes.encode(x=start, x2="end:Q", fillOpacity=shade)]
    for word, faint in (("paper", False), ("text", True)):
        words = base.transform_filter({"field": "faint", "equal": faint})
        words = words.mark_text(color=INKS[word])
        layers.append(words.encode(x=middle, text="text:N"))
    totals = alt.Chart(rows_of([bar.total() for bar in bars]))
    beside = totals.mark_text(align="left", dx=8, color=INKS["muted"])
    layers.append(beside.encode(x=alt.X("at:Q", scale=across), y=upright, text="text:N"))
    return alt.layer(*layers).properties(width=WIDTH, height=BAR * len(rows))
