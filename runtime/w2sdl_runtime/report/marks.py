"""What figures of numbers in rows are made of: marks, seeds, lines through all rows, and the frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, rows_of

SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4))
WIDTH = 700  #: of the drawing area, px
#: Ticks of shares: whole per cents without a decimal, and others with one.
PER_CENT = ".1~%"


def domain_of(
    marks: Sequence[Mapping[str, Any]], seeds: Sequence[Mapping[str, Any]], share: bool
) -> list[float]:
    """From the least to the greatest end of an interval or single seed, with room on both sides."""
    ends = [m[k] for m in marks for k in ("value", "lower", "upper") if m[k] is not None]
    ends += [seed["value"] for seed in seeds]
    low, high = min(ends), max(ends)
    pad = max(0.02, 0.06 * (high - low))
    if share:  # a share has nothing beyond 0 and 1 but half a dot
        return [max(-0.01, low - pad), min(1.01, high + pad)]
    return [low - pad, high + pad]


def ratio_domain(marks: Sequence[Mapping[str, Any]]) -> list[float]:
    """Always 0 to 1; further where intervals reach, but not so far that the rest can't be read."""
    ends = [m[k] for m in marks for k in ("value", "lower", "upper") if m[k] is not None]
    return [max(-1.0, min(-0.08, *ends) - 0.04), min(2.0, max(1.08, *ends) + 0.04)]


def x_axis(domain: list[float], share: bool) -> Any:
    """The level axis, of shares (in per cent) or other numbers."""
    import altair as alt

    axis = alt.Axis(title=None, format=PER_CENT if share else ".3~f", tickCount=7)
    return alt.X("value:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)


@dataclass(frozen=True, slots=True)
class Frame:
    """What all marks of a figure share: the x axis, rows, and series with their inks."""

    x: Any
    rows: list[str]
    names: list[str]
    inks: list[str]
    flat: bool  #: one series a row, all of one shape

    def y(self) -> Any:
        """The upright axis: a name for each row."""
        import altair as alt

        return alt.Y("row:N", sort=self.rows, scale=alt.Scale(domain=self.rows), title=None)


def rows_in(marks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the rows, in their order."""
    return list(dict.fromkeys(mark["row"] for mark in marks))


def mark_layers(
    marks: list[dict[str, Any]], seeds: list[dict[str, Any]], frame: Frame
) -> list[Any]:
    """Interval, single seeds and mean, one above the other."""
    import altair as alt

    names, x = frame.names, frame.x
    shapes = ["circle" if frame.flat else SHAPES[i % len(SHAPES)] for i in range(len(names))]
    shared: dict[str, Any] = {
        "y": frame.y(),
        "color": alt.Color("of:N", scale=alt.Scale(domain=names, range=frame.inks), legend=None),
    }
    if not frame.flat:
        offsets = alt.Scale(domain=names, paddingOuter=0.35)
        shared["yOffset"] = alt.YOffset("of:N", sort=names, scale=offsets)
    shape = alt.Shape("of:N", scale=alt.Scale(domain=names, range=shapes), legend=None)
    bounded = [mark for mark in marks if mark["lower"] is not None]
    layers = []
    if bounded:
        rule = alt.Chart(rows_of(bounded)).mark_rule(strokeWidth=2, clip=True)
        layers.append(rule.encode(x=_bound(x), x2="upper:Q", **shared))
    if seeds:
        dots = alt.Chart(rows_of(seeds)).mark_point(
            size=24, fill=INKS["paper"], opacity=1, strokeWidth=1.2, shape="circle", clip=True
        )
        layers.append(dots.encode(x=x, **shared))
    steady = [mark for mark in marks if not mark["unstable"]]
    unstable = [mark for mark in marks if mark["unstable"]]
    if steady:
        means = alt.Chart(rows_of(steady)).mark_point(
            size=90, filled=True, opacity=1, stroke=INKS["paper"], strokeWidth=1, clip=True
        )
        layers.append(means.encode(x=x, shape=shape, **shared))
    if unstable:
        hollow = alt.Chart(rows_of(unstable)).mark_point(
            size=90, shape="diamond", fill=INKS["paper"], strokeWidth=1.6, opacity=1, clip=True
        )
        layers.append(hollow.encode(x=x, **shared))
    return layers


def _bound(x: Any) -> Any:
    bound = x.copy()
    bound.shorthand = "lower:Q"
    return bound


def line_layers(lines: list[dict[str, Any]], roles: Roles, domain: list[float]) -> list[Any]:
    """Reference lines with their names above the frame, staggered where they would collide."""
    import altair as alt

    layers = []
    for index, (line, level) in enumerate(zip(lines, _levels(lines, domain), strict=True)):
        ink = INKS[roles.family(line["of"])]
        data = rows_of([line | {"text": plain(line["of"], 20)}])
        if line["lower"] is not None:
            band = alt.Chart(data).mark_rect(color=ink, opacity=0.08, clip=True)
            layers.append(band.encode(x=alt.X("lower:Q"), x2="upper:Q"))
        dash = list(DASHES[(index + 1) % len(DASHES)])
        rule = alt.Chart(data).mark_rule(color=ink, strokeWidth=1.5, strokeDash=dash, clip=True)
        layers.append(rule.encode(x=alt.X("value:Q")))
        label = alt.Chart(data).mark_text(color=ink, baseline="bottom", fontWeight=600)
        layers.append(label.encode(x=alt.X("value:Q"), y=alt.value(-5 - 15 * level), text="text:N"))
    return layers


def _levels(lines: Sequence[Mapping[str, Any]], domain: list[float]) -> list[int]:
    """How high the name of each line stands: the lowest level where it meets no other."""
    taken: list[tuple[float, float, int]] = []
    levels = {}
    for index, line in sorted(enumerate(lines), key=lambda pair: float(pair[1]["value"])):
        centre = (line["value"] - domain[0]) / (domain[1] - domain[0]) * WIDTH
        half = 4.0 * min(20, len(line["of"])) + 5
        left, right = centre - half, centre + half
        level = 0
        while any(left < r and right > le and at == level for le, r, at in taken):
            level += 1
        taken.append((left, right, level))
        levels[index] = level
    return [levels[index] for index in range(len(lines))]


def end_mark(value: float, text: str, role: str, align: str) -> dict[str, Any]:
    """A line through all rows with its name above."""
    return {"value": value, "text": text, "role": role, "align": align}


def end_layers(ends: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Lines through all rows."""
    import altair as alt

    layers = []
    for end in ends:
        data, ink = rows_of([dict(end)]), INKS[str(end["role"])]
        rule = alt.Chart(data).mark_rule(color=ink, strokeWidth=1.5, strokeDash=[6, 3])
        layers.append(rule.encode(x=alt.X("value:Q")))
        label = alt.Chart(data).mark_text(color=ink, baseline="bottom", fontWeight=600)
        layers.append(label.encode(x=alt.X("value:Q"), y=alt.value(-5), text="text:N"))
    return layers


def hole_layers(holes: list[dict[str, Any]], frame: Frame) -> list[Any]:
    """Words where a row has no number."""
    import altair as alt

    if not holes:
        return []
    data = rows_of([{**hole, "value": 0.5} for hole in holes])
    text = alt.Chart(data).mark_text(color=INKS["muted"], fontStyle="italic")
    return [text.encode(x=frame.x, y=frame.y(), text="note:N")]
