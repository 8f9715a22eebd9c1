"""Runs attempts in the process of the driver, one at a time: for debugging and small runs."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence

from w2sdl_runtime.backends.backend import Handle, Resources
from w2sdl_runtime.backends.gpus import Gpu, local_gpus
from w2sdl_runtime.provenance import cpu_count, memory_total
from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.protocol import Attempt, Listener, Outcome


class LocalBackend:
    """One attempt at a time; ``wait`` runs it, so Ctrl-C reaches the operation itself."""

    window = 1

    def __init__(self) -> None:
        self._queue: deque[tuple[Handle, Attempt, Listener]] = deque()
        self._handles = itertools.count()

    def totals(self) -> Resources:
        return this_machine()

    def machines(self) -> Sequence[Resources]:
        return [this_machine()]

    def prepare(self) -> None:
        """Nothing idles in a single process."""

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        handle = next(self._handles)
        self._queue.append((handle, attempt, listener))
        return handle

    def wait(self, timeout: float) -> list[tuple[Handle, Outcome]]:
        """Run the next attempt to its end, however long that takes."""
        if not self._queue:
            return []
        handle, attempt, listener = self._queue.popleft()
        return [(handle, Outcome.from_json(run_attempt(attempt.to_json(), listener)))]

    def cancel_all(self) -> None:
        self._queue.clear()

    def close(self) -> None:
        self._queue.clear()


def this_machine() -> Resources:
    """What this process may use of the machine it is on. Of GPUs of several kinds the least counts."""
    return machine_with(local_gpus())


def machine_with(gpus: Sequence[Gpu]) -> Resources:
    """This machine with some GPUs."""
    least = min(gpus, key=lambda gpu: gpu.memory, default=None)
    if least is None:
        return Resources(cpu_count(), 0, memory_total())
    return Resources(cpu_count(), len(gpus), memory_total(), least.memory, least.name)
