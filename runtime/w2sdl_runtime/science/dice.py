"""Random draws that stay the same for ever.

Only `Random.random` seeded by a string is used, which Python promises to keep stable across
versions; shuffles and choices of the standard library carry no such promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of draws named by its key: equal keys give equal draws."""

    __slots__ = ("_draw",)

    def __init__(self, *key: object) -> None:
        name = "/".join(str(part) for part in key)
        self._draw = Random(name).random  # noqa: S311  # nothing secret is drawn here

    def unit(self) -> float:
        """Give a number in [0, 1)."""
        return self._draw()

    def below(self, bound: int) -> int:
        """Give an integer in [0, bound)."""
        return int(self._draw() * bound)

    def chance(self, probability: float) -> bool:
        """Say yes with the given probability."""
        return self._draw() < probability

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item."""
        return items[int(self._draw() * len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Give the items in a random order."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = int(self._draw() * (last + 1))
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def take(self, items: Sequence[T], count: int) -> list[T]:
        """Draw some different items, in random order."""
        return self.shuffled(items)[:count]
