"""Where boxes are, which arrows go between them, and what those pass on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow to be drawn: what goes from one box to another."""

    source: str
    target: str
    what: str


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Where a box is; x and y are its upper left corner. All boxes of a layer are equally wide."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes by name, and for each link the ``d`` of an SVG path."""

    width: float
    height: float
    boxes: Mapping[str, Rectangle]
    paths: Mapping[Link, str]


#: A place in a layer: a box's name, or where arrows of (source, what) pass through the layer.
Place = str | tuple[str, str, int]
Chains = Mapping[Link, Sequence[Place]]
