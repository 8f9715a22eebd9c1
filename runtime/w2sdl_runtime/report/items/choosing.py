"""Which items are shown: those that one of two compared predictors alone gets right, then others, drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl.graph import Graph
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


def pair_of(part: Part, point: Point, graph: Graph) -> Pair | None:
    """Who is compared at first: the weak model and the student of the first PGR on these rows.

    Without a PGR it is the supervisor and the student of an agreement, else whoever has these roles.
    """
    for weaker, student in [*_measured_pairs(part, graph), *_pairs_by_role(part)]:
        here = next((arm for arm in _called(part, student) if fits(arm.point, point)), None)
        beside = [a for a in _called(part, weaker) if here and fits(a.point, here.point)]
        if here and beside:
            return Pair(beside[0], here)
    return None


def _measured_pairs(part: Part, graph: Graph) -> Iterator[tuple[str, str]]:
    """Who is compared with whom by measures of the part, recovered gaps first."""
    for op, weaker in (("pgr", "weak"), ("agreement", "supervisor")):
        for measure in graph.measures:
            given = measure.arguments
            asks_the_same = (measure.on, given.get("against", "")) == (part.on, part.against)
            if measure.op == op and asks_the_same and weaker in given and "student" in given:
                yield given[weaker], given["student"]


def _pairs_by_role(part: Part) -> Iterator[tuple[str, str]]:
    for weaker in ("weak", "supervisor"):
        for student in (arm.of for arm in part.arms if arm.role == "student"):
            yield from ((arm.of, student) for arm in part.arms if arm.role == weaker)


_AT_A_POINT = re.compile(r"^([^\[(]+)\[(.+)\]$")


def _called(part: Part, text: str) -> list[Arm]:
    """Predictors that a measure's argument means: by their name, or at a point, ``S'[setting: calm]``."""
    found = [arm for arm in part.arms if arm.of == text]
    match = _AT_A_POINT.match(text)
    if found or match is None:
        return found
    point = dict(pair.split(": ", 1) for pair in match[2].split(", ") if ": " in pair)
    return [a for a in part.arms if a.of == match[1] and point.items() <= a.point.items()]


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
