"""Counts what is free on one machine: processors, memory, and of each GPU the part that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl_runtime.worker.protocol import Attempt

_EPSILON = 1e-6  # thirds of a GPU add up to one


@dataclass(frozen=True, slots=True)
class Slot:
    """What one attempt has taken."""

    cpus: int
    memory: int
    gpus: tuple[int, ...] = ()
    part: float = 0.0  #: of each of these GPUs


class Room:
    """The free part of a machine."""

    def __init__(self, cpus: int, memory: int = 0, gpus: Sequence[int] = ()) -> None:
        self.cpus = cpus
        self._memory = memory
        self._knows_memory = bool(memory)
        self._gpus = dict.fromkeys(gpus, 1.0)

    def take(self, attempt: Attempt) -> Slot | None:
        """Room for an attempt, or None where it has to wait."""
        gpus = self._choose(attempt.gpus)
        if gpus is None or not self._has_rest(attempt):
            return None
        memory = attempt.memory if self._knows_memory else 0
        slot = Slot(attempt.cpus, memory, gpus, min(1.0, attempt.gpus))
        self.cpus -= slot.cpus
        self._memory -= slot.memory
        for gpu in gpus:
            self._gpus[gpu] -= slot.part
        return slot

    def lacks_gpus_only(self, attempt: Attempt) -> bool:
        """Whether an attempt waits for a GPU and for nothing else."""
        return self._choose(attempt.gpus) is None and self._has_rest(attempt)

    def _has_rest(self, attempt: Attempt) -> bool:
        memory = attempt.memory if self._knows_memory else 0
        return attempt.cpus <= self.cpus and memory <= self._memory

    def _choose(self, count: float) -> tuple[int, ...] | None:
        """GPUs with so much left; a share goes to the fullest that still has it."""
        if count >= 1:
            whole = [gpu for gpu, left in self._gpus.items() if left >= 1 - _EPSILON]
            return tuple(whole[: int(count)]) if len(whole) >= count else None
        if not count:
            return ()
        fitting = [gpu for gpu, left in self._gpus.items() if left >= count - _EPSILON]
        return (min(fitting, key=lambda gpu: (self._gpus[gpu], gpu)),) if fitting else None

    def give_back(self, slot: Slot) -> None:
        self.cpus += slot.cpus
        self._memory += slot.memory
        for gpu in slot.gpus:
            self._gpus[gpu] += slot.part
