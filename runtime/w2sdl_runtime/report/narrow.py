"""Figures for a phone: as wide as its window, in the same type, with names of rows above their rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl_runtime.report.fitting import fit_width, stack_names

#: A window of 360 px, less the margins of the page.
WIDTH = 328
TYPE = 12
#: Of a drawing area, of a panel beside others: two have no room.
_LEAST, _PANEL = 120, 200
#: What a name above its row adds to the row, px.
_NAME = 8


def narrow_spec(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A chart of the page (`drawing.draw`), `WIDTH` wide."""
    spec: dict[str, Any] = json.loads(json.dumps(chart))
    if upright := _rows_of(spec):
        _name_above(spec, upright)
    for axis in _axes(spec, "x"):
        axis["tickCount"] = min(5, axis.get("tickCount", 5))
    stack_names(spec, WIDTH, TYPE)
    fit_width(spec, WIDTH, least=_LEAST, panel=_PANEL, tries=1)  # the page scales it by the rest
    return spec


def _rows_of(spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The upright encoding of a chart whose rows have names; None of any other."""
    for layer in _views(spec):
        upright: Mapping[str, Any] = layer.get("encoding", {}).get("y", {})
        if upright.get("field") == "row":
            return upright
    return None


def _name_above(spec: dict[str, Any], upright: Mapping[str, Any]) -> None:
    """Names of rows within the frame, at the upper end of each row, so that marks have all the width."""
    rows = len(upright["scale"]["domain"])
    spec["height"] += _NAME * rows
    half = spec["height"] / rows / 2
    if "paddingInner" in upright["scale"]:  # bars fill their rows: names stand between these
        upright["scale"]["align"] = 1
        offset = -half
    else:
        offset = TYPE / 2 - half
    # Above the lines through all rows: the style sheet gives names a rim in the colour of paper.
    within = {"labelAlign": "left", "labelPadding": 0, "labelOffset": round(offset, 1)}
    spec["config"]["axisY"] |= {**within, "labelFontSize": TYPE, "labelLimit": WIDTH, "zindex": 1}


def _views(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    area = spec.get("spec", spec)
    yield from (area, *area.get("layer", ()))


def _axes(spec: Mapping[str, Any], channel: str) -> Iterator[dict[str, Any]]:
    for layer in _views(spec):
        if axis := layer.get("encoding", {}).get(channel, {}).get("axis"):
            yield axis
