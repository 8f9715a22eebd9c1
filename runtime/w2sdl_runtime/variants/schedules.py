"""The family of learning-rate schedules, and its members."""

from __future__ import annotations

import math
from abc import abstractmethod

from w2sdl_runtime.op import Fraction, Variant, variant


class Schedule(Variant):
    """How the learning rate falls after the warm-up."""

    @abstractmethod
    def factor(self, progress: float) -> float:
        """Factor of the learning rate; ``progress`` in [0, 1) starts after the warm-up."""


@variant("constant")
class Constant(Schedule):
    """No decay."""

    def factor(self, progress: float) -> float:
        """Always 1."""
        return 1.0


@variant("linear")
class Linear(Schedule):
    """A straight line from 1 to ``floor``."""

    floor: Fraction = 0.0

    def factor(self, progress: float) -> float:
        """``1 - progress`` between 1 and the floor."""
        return self.floor + (1 - self.floor) * (1 - progress)


@variant("cosine")
class Cosine(Schedule):
    """Half a cosine from 1 to ``floor``."""

    floor: Fraction = 0.0

    def factor(self, progress: float) -> float:
        """``(1 + cos(pi * progress)) / 2`` between 1 and the floor."""
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * progress)) / 2


def rate_factor(schedule: Schedule, warmup: float, step: int, steps: int) -> float:
    """Factor of the learning rate at a step (counted from 0) of ``steps``.

    ``warmup`` below 1 is a share of all steps, from 1 up a number of steps; the rate rises linearly
    and the first step is never at rate 0.
    """
    rising = round(warmup * steps) if warmup < 1 else min(round(warmup), steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return schedule.factor((step - rising) / max(1, steps - rising))
