"""Which items are shown: those on which weak and student differ first, then others, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.report.items.answers import Arm, Part, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: What can come of a pair of predictors: (which is right, as a number), in words.
OUTCOMES = (
    (1, "{student} is right where {weak} is wrong"),
    (2, "{student} is wrong where {weak} is right"),
    (0, "both are wrong"),
    (3, "both are right"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A weak predictor and a student that are compared item by item."""

    weak: Arm
    student: Arm

    def classes(self) -> NDArray[np.int64]:
        """The outcome of each item: 1 where the student is right, plus 2 where the weak one is."""
        return self.student.right.astype(np.int64) + 2 * self.weak.right.astype(np.int64)


def fits(point: Point, other: Point) -> bool:
    """Whether two points are the same on all axes that both have."""
    return all(other.get(axis, name) == name for axis, name in point.items())


def pair_of(part: Part, point: Point) -> Pair | None:
    """Who is compared at first: weak, or else the supervisor, and the student at a point."""
    weak = next((a for r in ("weak", "supervisor") for a in part.arms if a.role == r), None)
    student = next((a for a in part.arms if a.role == "student" and fits(a.point, point)), None)
    if weak is None or student is None:
        return None
    if weak.role == "supervisor":  # the one that taught this student
        own = [a for a in part.arms if a.role == "supervisor" and fits(a.point, student.point)]
        weak = own[0] if own else weak
    return Pair(weak, student)


@dataclass(frozen=True, slots=True)
class Order:
    """Items in the order in which they are taken, as long as there is room; the first are flips."""

    places: Sequence[int]
    flips: int


def order_of(part: Part, pair: Pair | None) -> Order:
    """All items: where weak and student are not alike right, drawn; then the others, drawn."""
    generator = np.random.Generator(np.random.PCG64(0))
    drawn = generator.permutation(len(part.ids))
    if pair is None:
        return Order(drawn.tolist(), 0)
    classes = pair.classes()
    flips = np.isin(classes, (1, 2))
    return Order([*drawn[flips[drawn]].tolist(), *drawn[~flips[drawn]].tolist()], int(flips.sum()))
