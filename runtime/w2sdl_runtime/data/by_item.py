"""Rows of two records joined by item id, never by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Joined:
    """Where the items of one record stand in another, and what only one of them has."""

    places: list[int]  #: of those that both have, in the order of the one
    lacking: list[str]  #: items without a row in the other, each once
    unknown: list[str]  #: items of the other that the one does not have

    @property
    def example(self) -> str:
        """An item that only one of them has."""
        return (self.lacking or self.unknown)[0]


def joined(ids: Sequence[str], found: Sequence[str]) -> Joined:
    """Where ``ids`` stand in ``found``, which names each item once."""
    position = {item: at for at, item in enumerate(found)}
    lacking = list(dict.fromkeys(item for item in ids if item not in position))
    unknown = sorted(position.keys() - set(ids))
    return Joined([position[item] for item in ids if item in position], lacking, unknown)
