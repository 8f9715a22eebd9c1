"""A number of seeds and rows with its interval at any level and the test that goes with that interval.

The two agree: the two-sided p against a bound is below 1 - level exactly where the interval at that level
leaves the bound out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from w2sdl_runtime.stats.intervals import LEVEL, Interval
from w2sdl_runtime.stats.leave_out import LeftOut, Worth, combine, jackknife, variances, worth
from w2sdl_runtime.stats.ratios import fieller
from w2sdl_runtime.stats.shares import wilson, wilson_above


class Estimate(Protocol):
    """A number that varies with seeds and rows."""

    def interval(self, level: float = LEVEL) -> Interval:
        """The number with its interval; without bounds where nothing says how far chance reaches."""

    def above(self, bound: float) -> float | None:
        """How often chance alone would put the number this far above ``bound``, or further: one-sided p.

        None where nothing says how far chance reaches.
        """

    def minus(self, bound: float) -> LeftOut:
        """How far the number is from ``bound``, with its leave-one-out values."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, a difference of means, or another smooth statistic: Student's t (`jackknife`)."""

    left_out: LeftOut

    def interval(self, level: float = LEVEL) -> Interval:
        return jackknife(self.left_out, level=level)

    def above(self, bound: float) -> float | None:
        parts = variances(self.left_out)
        if parts is None or parts.total == 0:
            return None
        from scipy.special import stdtr

        size = (self.left_out.full - bound) / np.sqrt(parts.total)
        return float(stdtr(parts.freedom, -size))

    def minus(self, bound: float) -> LeftOut:
        return combine(lambda one: one - bound, self.left_out)


@dataclass(frozen=True, slots=True)
class Share:
    """A share: Wilson's interval and score test, of as many rows as it is worth."""

    left_out: LeftOut
    known: Worth

    @classmethod
    def of_rows(cls, left_out: LeftOut, rows: int, method: str) -> Share:
        """Of the rows of one predictor."""
        return cls(left_out, Worth(rows, inf, method))

    def interval(self, level: float = LEVEL) -> Interval:
        value, known = self.left_out.full, self.known
        return Interval(value, *wilson(value, known.rows, known.freedom, level), known.method)

    def above(self, bound: float) -> float | None:
        return wilson_above(self.left_out.full, self.known.rows, bound, self.known.freedom)

    def minus(self, bound: float) -> LeftOut:
        return Mean(self.left_out).minus(bound)


def share_or_mean(left_out: LeftOut, share: bool) -> Estimate:
    """The estimate whose interval is `jackknife`'s: of a share that has one Wilson's, else Student's t."""
    known = worth(left_out) if share else None
    return Share(left_out, known) if known else Mean(left_out)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two numbers, ``below`` above 0: Fieller's interval and the test that it inverts."""

    over: LeftOut
    below: LeftOut

    def interval(self, level: float = LEVEL) -> Interval:
        found = fieller(self.over, self.below, level)
        why = f"at {100 * level:g} % what it is divided by may be zero"
        return Interval(self.over.full / self.below.full, method=why) if found is None else found

    def above(self, bound: float) -> float | None:
        return Mean(self.minus(bound)).above(0)

    def minus(self, bound: float) -> LeftOut:
        """``over - bound * below`` in units of ``below``, which is what Fieller's test is of."""
        size = self.below.full
        return combine(lambda one, other: (one - bound * other) / size, self.over, self.below)
