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
    if rows := _rows_of(spec):
        _name_above(spec, rows)
    for axis in _axes(spec, "x"):
        axis["tickCount"] = min(5, axis.get("tickCount", 5))
    stack_names(spec, WIDTH, TYPE)
    fit_width(spec, WIDTH, least=_LEAST, panel=_PANEL)
    return spec


def _rows_of(spec: Mapping[str, Any]) -> list[str]:
    """Names of the rows, of a chart whose upright axis has rows; [] of any other."""
    for layer in spec.get("layer", ()):
        upright = layer.get("encoding", {}).get("y", {})
        if upright.get("field") == "row":
            return list(upright.get("scale", {}).get("domain", ()))
    return []


def _name_above(spec: dict[str, Any], rows: list[str]) -> None:
    """Names of rows within the frame, at the upper end of each row, so that marks have all the width."""
    spec["height"] += _NAME * len(rows)
    band = spec["height"] / len(rows)
    # Above the lines through all rows: the style sheet gives names a rim in the colour of paper.
    within = {"labelAlign": "left", "labelPadding": 0, "labelOffset": round(TYPE / 2 - band / 2, 1)}
    spec["config"]["axisY"] |= {**within, "labelFontSize": TYPE, "labelLimit": WIDTH, "zindex": 1}


def _axes(spec: Mapping[str, Any], channel: str) -> Iterator[dict[str, Any]]:
    area = spec.get("spec", spec)
    for layer in (area, *area.get("layer", ())):
        if axis := layer.get("encoding", {}).get(channel, {}).get("axis"):
            yield axis
