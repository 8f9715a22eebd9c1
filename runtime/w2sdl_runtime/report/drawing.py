"""Charts of Vega-Lite in the colours of the page: inline SVG (vl-convert), or as they are, for files.

Marks are drawn in stand-in colours. On the page CSS variables replace them, so that one figure serves
light, dark and paper; a chart that leaves the page has the colours of the light one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from w2sdl.draw.visible import plain
from w2sdl.roles import ROLES
from w2sdl_runtime.report.fitting import SIZE, to_vega_svg
from w2sdl_runtime.report.narrow import narrow_spec

#: Stand-in colours and the CSS variables that replace them.
INKS = {role: f"#ab00{index:02x}" for index, role in enumerate(ROLES)}
INKS |= {"text": "#ab0040", "muted": "#ab0041", "line": "#ab0042", "paper": "#ab0043"}
#: The light page (`templates/style.css`), on white, for figures that leave it.
LIGHT = {
    "data": "#6d727b",
    "weak": "#a8690c",
    "zero-shot": "#5c7185",
    "strong": "#2c5f9e",
    "debate": "#5b7f2b",
    "supervisor": "#0f7c74",
    "other": "#6d727b",
    "student": "#b8383a",
    "ceiling": "#6a4fa0",
    "text": "#1e2126",
    "muted": "#666b73",
    "line": "#e3dfd6",
    "paper": "#ffffff",
}
#: Characters of a title and of its description.
TITLE_LIMIT, TOLD_LIMIT = 200, 1_000


@dataclass(frozen=True, slots=True)
class Key:
    """A legend entry: a varied series has a shape, a segment of a bar a shade."""

    text: str
    role: str
    shape: str
    shade: float = 1.0


@dataclass(frozen=True)
class Plot:
    """A figure: its chart, once, as SVG for the page (`svg`) and as Vega-Lite for files (`spec`).

    ``keys`` are its legend on the page, where it stands beside the SVG; `spec` has a legend of its own.
    """

    chart: Mapping[str, Any]  #: Vega-Lite, in stand-in colours, without title and legend
    keys: tuple[Key, ...] = ()
    title: str = ""
    note: str = ""  #: how many rows, and how intervals are made
    told: str = ""  #: the main fact in words, for who can't see it

    @cached_property
    def svg(self) -> Markup:
        """Inline SVG in CSS variables, with title and description for screen readers."""
        return self._drawn(self.chart)

    @cached_property
    def narrow(self) -> Markup:
        """The same, laid out for a phone."""
        return self._drawn(narrow_spec(self.chart), "narrow")

    def _drawn(self, chart: Mapping[str, Any], kind: str = "wide") -> Markup:
        told = " ".join(filter(None, [self.told, self.note]))
        return _inline(to_vega_svg(chart), self.title, told, kind)

    @property
    def spec(self) -> dict[str, Any]:
        """Vega-Lite in the colours of the light page, with title, note and legend."""
        chart = _with_legends(self.chart) if self.keys else dict(self.chart)
        if self.title:
            title: dict[str, Any] = {"text": self.title, "anchor": "start", "fontSize": 14}
            chart["title"] = title | {"subtitle": self.note, "subtitleColor": INKS["muted"]}
        chart["description"] = " ".join(filter(None, [self.title, self.told]))
        text = json.dumps(chart)
        for name, ink in INKS.items():
            text = text.replace(ink, LIGHT[name])
        found: dict[str, Any] = json.loads(text)
        return found | {"background": "white"}


def draw(chart: Any, *, rows: bool = False) -> dict[str, Any]:
    """Any altair chart, in the style of the page; ``rows``: its upright axis names rows, not numbers."""
    axis = {
        "labelColor": INKS["muted"],
        "labelFontSize": 12,
        "tickColor": INKS["line"],
        "domain": False,
        "gridColor": INKS["line"],
        "ticks": False,
        "labelPadding": 8,
    }
    chart = (
        chart.properties(background="transparent", padding=6)
        # The font only reserves room: the page sets its own. Title and description are all that is read.
        .configure(font="DejaVu Sans", aria=False)
        .configure_view(stroke=None)
        .configure_axis(titleColor=INKS["muted"], titleFontWeight="normal", **axis)
        .configure_text(fontSize=12)
    )
    if rows:
        upright = {
            "grid": False,
            "labelColor": INKS["text"],
            "labelFontSize": 13,
            "labelLimit": 320,
        }
        chart = chart.configure_axisY(**upright)
    found: dict[str, Any] = chart.to_dict(validate=False)
    return found


def _with_legends(chart: Any) -> Any:
    """The chart with a legend for each encoding that is drawn without one, above it."""
    if isinstance(chart, list):
        return [_with_legends(item) for item in chart]
    if not isinstance(chart, dict):
        return chart
    found = {name: _with_legends(item) for name, item in chart.items()}
    if "legend" in found and found["legend"] is None:
        found["legend"] = {"title": None, "orient": "top"}
    return found


def _own_ids(svg: str) -> str:
    """Ids that depend on the figure alone: vl-convert counts them on from figure to figure."""
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))
    for number, name in enumerate(ids):
        svg = re.sub(rf'(\bid="|url\(#){re.escape(name)}(?=["\)])', rf"\g<1>part-{number}", svg)
    mark = hashlib.sha256(svg.encode()).hexdigest()[:8]
    return svg.replace('id="part-', f'id="p{mark}-').replace("url(#part-", f"url(#p{mark}-")


_OUTER = re.compile(r'\s(xmlns(:\w+)?|version|font-family|class)="[^"]*"')
#: The figure is one image to screen readers, with a description: what each mark is called is not read.
_INNER = re.compile(r'\s((aria-[\w-]+|role|pointer-events)="[^"]*"|opacity="1")')
_EMPTY = re.compile(r'<path d="(M0,0h0v0h0Z)?"[^>]*/>')
_DIGITS = re.compile(r"(\.\d\d)\d+")


def _inline(svg: str, title: str, told: str, kind: str) -> Markup:
    """The drawing as a part of the page: CSS colours, no fixed size, and nothing that isn't seen."""
    for name, ink in INKS.items():
        svg = re.sub(re.escape(ink), f"var(--{name})", svg, flags=re.IGNORECASE)
    svg = re.sub(r"<[^>]*>", lambda tag: _lean(tag.group()), svg)
    size = SIZE.search(svg)
    if size is None:
        raise ValueError("the drawn figure has no size")
    named = f'aria-label="{escape(plain(title, TITLE_LIMIT))}" ' if title else ""
    width = 1.3 * float(size[2]) if kind == "narrow" else float(size[2])  # a phone may be larger
    fits = f"max-width:{width:g}px;--least:min(var(--fit),{width:g}px)"
    head = f'<svg class="plot {kind}" role="img" {named}style="{fits}" '
    svg = SIZE.sub(r"\1", svg, count=1)
    svg = _own_ids(_EMPTY.sub("", svg).replace("<svg ", head, 1))
    return Markup(_described(svg, told))  # noqa: S704 - vl-convert escapes its text


def _lean(tag: str) -> str:
    return _DIGITS.sub(r"\1", _INNER.sub("", _OUTER.sub("", tag)))


def _described(svg: str, told: str) -> str:
    if not told:
        return svg
    at = svg.index(">") + 1
    return f"{svg[:at]}<desc>{escape(plain(told, TOLD_LIMIT))}</desc>{svg[at:]}"


def rows_of(values: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as the data of a chart: a tuple, since altair copies a list, row by row, at every step."""
    import altair as alt

    return alt.Data(values=tuple(values))
