"""Charts of Vega-Lite laid out anew for a width: of a column of a paper, or of a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

#: The size of a drawn chart: what stands before it, its width, its height.
SIZE = re.compile(r'(<svg[^>]*?) width="([\d.]+)" height="([\d.]+)"')


def to_vega_svg(spec: Mapping[str, Any]) -> str:
    """A chart as vl-convert draws it."""
    import vl_convert as vlc

    drawn: str = vlc.vegalite_to_svg(json.dumps(spec))
    return drawn


def fit_width(
    spec: dict[str, Any], width: float, *, least: float, panel: float, tries: int = 4
) -> float:
    """Give the drawing area the width that makes the whole chart ``width`` wide; gives what it came to.

    ``least`` is the least width of the area, ``panel`` what a panel beside others needs at least: those
    that have no room side by side go below each other. Where that is not enough the chart is wider.
    What stands beside the area depends on its width a little: each of the ``tries`` comes nearer, and
    draws the chart. With one it is a few points off, and what it gives is of before.
    """
    across = 1
    if "spec" in spec:
        across = max(1, min(int(spec.get("columns", 1)), int(width // panel)))
        spec["columns"] = across
    area = spec.get("spec", spec)
    area["width"] = max(least, 0.85 * width / across)
    whole = 0.0
    for _ in range(tries):
        whole = _width_of(spec)
        fitting = max(least, area["width"] + (width - whole) / across)
        if abs(fitting - area["width"]) < 0.5:
            break
        area["width"] = fitting
    return whole


def _width_of(spec: Mapping[str, Any]) -> float:
    found = SIZE.search(to_vega_svg(spec))
    if found is None:
        raise ValueError("the drawn figure has no size")
    return float(found[2])


def stack_names(spec: Mapping[str, Any], width: float, size: float) -> None:
    """Names of lines above the frame, one above the other where they would meet; ``size`` of their type."""
    names = [layer for layer in spec.get("layer", ()) if _is_name(layer)]
    domain = next(_domains(spec), None)
    taken: list[tuple[float, float, int]] = []
    for layer in sorted(names, key=lambda layer: float(_row_of(layer)["value"])):
        row = _row_of(layer)
        share = (row["value"] - domain[0]) / (domain[1] - domain[0]) if domain else 0.0
        half = 0.32 * size * len(str(row["text"])) + 2
        left, right = share * width - half, share * width + half
        level = 0
        while any(left < r and right > le and at == level for le, r, at in taken):
            level += 1
        taken.append((left, right, level))
        layer["encoding"]["y"]["value"] = -3 - (size + 1) * level


def _is_name(layer: Mapping[str, Any]) -> bool:
    height = layer.get("encoding", {}).get("y", {}).get("value", 0)
    return bool(height < 0 and layer.get("mark", {}).get("type") == "text")


def _row_of(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    row: Mapping[str, Any] = layer["data"]["values"][0]
    return row


def _domains(spec: Mapping[str, Any]) -> Iterator[list[float]]:
    """Of the horizontal axis, as its layers state it."""
    for layer in spec.get("layer", ()):
        domain = layer.get("encoding", {}).get("x", {}).get("scale", {}).get("domain")
        if domain:
            yield domain
