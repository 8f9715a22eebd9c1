"""Draws strokes on few pixels, each time by another hand: bent, turned, shifted, blurred, with noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.images.strokes import Stroke

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SIDE = 8  #: pixels
DARKEST = 16  #: grey levels run from 0 to this
_FINE = 2  #: a pixel is the mean of so many times so many points


@dataclass(frozen=True, slots=True)
class Hand:
    """How one writer writes: slant, turn (radians), width and height, thickness of the pen, pressure."""

    slant: float
    turn: float
    size: tuple[float, float]
    pen: float
    pressure: float


def a_hand(generator: np.random.Generator, wobble: float) -> Hand:
    """The hand of another writer; ``wobble`` 0 is the same for all."""
    slant, turn, wide, high, pen, pressure = generator.normal(size=6) * wobble
    size = (0.88 + 0.08 * wide, 0.95 + 0.06 * high)
    pen_width = float(np.clip(0.075 + 0.02 * pen, 0.04, 0.13))
    return Hand(0.12 * slant, 0.08 * turn, size, pen_width, 1.0 - 0.08 * abs(pressure))


def draw(
    strokes: Sequence[Stroke],
    hand: Hand,
    wobble: float,
    noise: float,
    generator: np.random.Generator,
) -> list[int]:
    """One image, row by row: ``SIDE * SIDE`` grey levels from 0 (paper) to ``DARKEST`` (ink)."""
    shift = generator.normal(size=2) * 0.045 * wobble
    bent = [_placed(np.array(s), hand, shift, wobble, generator) for s in strokes]
    ink = hand.pressure * _ink(bent, hand.pen).reshape(SIDE, _FINE, SIDE, _FINE).mean((1, 3))
    levels = DARKEST * ink + noise * generator.normal(size=(SIDE, SIDE))
    whole: list[int] = np.clip(np.rint(levels), 0, DARKEST).astype(int).reshape(-1).tolist()
    return whole


def _placed(
    points: Numbers, hand: Hand, shift: Numbers, wobble: float, generator: np.random.Generator
) -> Numbers:
    """Points of a stroke on the paper."""
    centred = (points - 0.5) * hand.size + generator.normal(size=points.shape) * 0.022 * wobble
    x, y = centred[:, 0] - hand.slant * centred[:, 1], centred[:, 1]
    cos, sin = np.cos(hand.turn), np.sin(hand.turn)
    return np.column_stack([cos * x - sin * y, sin * x + cos * y]) + 0.5 + shift


def _ink(strokes: Sequence[Numbers], pen: float) -> Numbers:
    """How much ink is at each fine point, from 0 to 1: soft at the edge of the pen."""
    places = (np.arange(SIDE * _FINE) + 0.5) / (SIDE * _FINE)
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 1, 2)
    start = np.concatenate([stroke[:-1] for stroke in strokes])
    along = np.concatenate([stroke[1:] for stroke in strokes]) - start
    length = (along**2).sum(-1) + 1e-9
    share = np.clip(((grid - start) * along).sum(-1) / length, 0, 1)
    distance = np.sqrt(((grid - start - share[..., None] * along) ** 2).sum(-1)).min(1)
    ink: Numbers = 1 / (1 + np.exp((distance - pen) / 0.02))
    return ink
