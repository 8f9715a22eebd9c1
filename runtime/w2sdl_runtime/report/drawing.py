"""Charts as inline SVG (altair, drawn by vl-convert), in the colours and font of the page.

Marks are drawn in stand-in colours that are then replaced by CSS variables, so that one figure
serves light, dark and paper.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from markupsafe import Markup

from w2sdl.roles import ROLES

#: Stand-in colours and the CSS variables that replace them.
INKS = {role: f"#ab00{index:02x}" for index, role in enumerate(ROLES)}
INKS |= {"text": "#ab0040", "muted": "#ab0041", "line": "#ab0042", "paper": "#ab0043"}


def draw(chart: Any, *, rows: bool = False) -> Markup:
    """Any chart as a part of the page; ``rows``: its upright axis names rows, not numbers."""
    import vl_convert as vlc

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
        .configure(font="DejaVu Sans")  # only to reserve enough room: the page sets its own
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
    return _inline(vlc.vegalite_to_svg(chart.to_json(validate=False)))


def _own_ids(svg: str) -> str:
    """Ids that depend on the figure alone: vl-convert counts them on from figure to figure."""
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))
    for number, name in enumerate(ids):
        svg = re.sub(rf'(\bid="|url\(#){re.escape(name)}(?=["\)])', rf"\g<1>part-{number}", svg)
    mark = hashlib.sha256(svg.encode()).hexdigest()[:8]
    return svg.replace('id="part-', f'id="p{mark}-').replace("url(#part-", f"url(#p{mark}-")


def _inline(svg: str) -> Markup:
    for name, ink in INKS.items():
        svg = re.sub(re.escape(ink), f"var(--{name})", svg, flags=re.IGNORECASE)
    svg = re.sub(r'\s(xmlns(:\w+)?|version|font-family|class)="[^"]*"', "", svg)
    size = re.search(r'<svg[^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    if size is None:
        raise ValueError("the drawn figure has no size")
    head = f'<svg class="plot" role="img" style="max-width:{size[1]}px" '
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", svg, count=1)
    svg = _own_ids(svg.replace("<svg ", head, 1))
    return Markup(svg)  # noqa: S704 - vl-convert escapes its text
