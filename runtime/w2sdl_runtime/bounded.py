"""What a warm worker keeps in memory between nodes: bounded, least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """A mapping whose entries cost something, up to a limit on the sum.

    Keys must name content (digests), never positions or file names, so that nothing goes stale.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], cost: Callable[[T], int]) -> T:
        """The entry of ``key``, made if it is not there; not kept if it costs over the limit."""
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key][0]
        value = make()
        self._keep(key, value, cost(value))
        return value

    def kept(self) -> dict[Hashable, int]:
        """What each entry costs, by key."""
        return {key: cost for key, (_, cost) in self._entries.items()}

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def _keep(self, key: Hashable, value: T, cost: int) -> None:
        if cost > self._limit:
            return
        self._entries[key] = (value, cost)
        while sum(cost for _, cost in self._entries.values()) > self._limit:
            self._entries.popitem(last=False)
