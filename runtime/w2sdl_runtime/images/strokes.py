"""Digits as strokes in a square: x to the right, y down, both from 0 to 1. Drawn for this project."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Point = tuple[float, float]
Stroke = tuple[Point, ...]

_STEPS = 12  #: points of a whole turn


def _arc(middle: Point, wide: float, high: float, start: float, end: float) -> Stroke:
    """Part of an ellipse, from one angle to another in turns; 0 is to the right, and it goes downwards."""
    count = max(2, round(abs(end - start) * _STEPS)) + 1
    turns = [2 * math.pi * (start + (end - start) * at / (count - 1)) for at in range(count)]
    return tuple((middle[0] + wide * math.cos(a), middle[1] + high * math.sin(a)) for a in turns)


DECIMAL: Mapping[str, Sequence[Stroke]] = {
    "0": (_arc((0.5, 0.5), 0.3, 0.42, 0, 1),),
    "1": (((0.35, 0.25), (0.52, 0.08), (0.52, 0.92)),),
    "2": ((*_arc((0.5, 0.3), 0.28, 0.22, 0.5, 1.08), (0.2, 0.92), (0.8, 0.92)),),
    "3": (_arc((0.45, 0.29), 0.3, 0.21, 0.6, 1.25), _arc((0.45, 0.71), 0.32, 0.21, 0.75, 1.4)),
    "4": (((0.62, 0.08), (0.18, 0.65), (0.85, 0.65)), ((0.62, 0.35), (0.62, 0.94))),
    "5": (((0.76, 0.09), (0.3, 0.09), (0.27, 0.45)), _arc((0.46, 0.66), 0.3, 0.26, 0.62, 1.4)),
    "6": (((0.66, 0.07), (0.38, 0.35), (0.22, 0.68)), _arc((0.5, 0.69), 0.28, 0.23, 0, 1)),
    "7": (((0.18, 0.09), (0.8, 0.09), (0.42, 0.93)),),
    "8": (_arc((0.5, 0.29), 0.23, 0.2, 0, 1), _arc((0.5, 0.71), 0.28, 0.22, 0, 1)),
    "9": (_arc((0.48, 0.31), 0.27, 0.23, 0, 1), ((0.75, 0.3), (0.7, 0.65), (0.5, 0.93))),
}

#: The six further digits of base sixteen; b and d are small letters, for B and D look like 8 and 0.
_LETTERS: Mapping[str, Sequence[Stroke]] = {
    "a": (((0.15, 0.93), (0.5, 0.07), (0.85, 0.93)), ((0.28, 0.62), (0.72, 0.62))),
    "b": (((0.25, 0.06), (0.25, 0.92)), _arc((0.47, 0.68), 0.25, 0.24, 0, 1)),
    "c": (_arc((0.53, 0.5), 0.33, 0.42, 0.12, 0.88),),
    "d": (((0.75, 0.06), (0.75, 0.92)), _arc((0.53, 0.68), 0.25, 0.24, 0, 1)),
    "e": (((0.78, 0.08), (0.24, 0.08), (0.24, 0.92), (0.78, 0.92)), ((0.24, 0.5), (0.68, 0.5))),
    "f": (((0.78, 0.08), (0.28, 0.08), (0.28, 0.94)), ((0.28, 0.48), (0.68, 0.48))),
}

HEXADECIMAL: Mapping[str, Sequence[Stroke]] = {**DECIMAL, **_LETTERS}
