"""Tasks that wait to be handed over: those that can go, by priority, and those whose time comes."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Mapping
from math import inf

from w2sdl.kinds import Kind
from w2sdl_runtime.driver.requesting import Task


class Queue:
    """Closed tasks. ``priority`` is by node id: the higher go first."""

    def __init__(self, priority: Mapping[str, float]) -> None:
        self._priority = priority
        self._order = itertools.count()
        self._runnable: list[tuple[float, int, Task]] = []
        self._later: list[tuple[float, int, Task]] = []  #: runnable again at a time (monotonic)

    def add(self, task: Task) -> None:
        # What is wrong with data is found before anything is trained on it.
        first = task.node.kind is Kind.DATA
        priority = -inf if first else -self._priority[task.node.id]
        heapq.heappush(self._runnable, (priority, next(self._order), task))

    def postpone(self, task: Task, seconds: float) -> None:
        """Have a task come again after a while."""
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), task))

    def awake(self) -> None:
        """What was postponed until now is runnable again."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2])

    def __bool__(self) -> bool:
        return bool(self._runnable or self._later)

    @property
    def has_runnable(self) -> bool:
        return bool(self._runnable)

    def pop(self) -> Task:
        """The task that goes next."""
        return heapq.heappop(self._runnable)[2]

    def drop(self, is_settled: Callable[[Task], bool]) -> bool:
        """Leave out what nothing is left to do for; whether there was any."""
        before = len(self._runnable) + len(self._later)
        self._runnable = [row for row in self._runnable if not is_settled(row[2])]
        self._later = [row for row in self._later if not is_settled(row[2])]
        heapq.heapify(self._runnable)
        heapq.heapify(self._later)
        return len(self._runnable) + len(self._later) < before

    def pause(self) -> float | None:
        """Seconds until the next postponed task is due; None where there is none."""
        return max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
