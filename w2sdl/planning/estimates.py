"""How long work will take, from how long the like of it took: a range, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds: half of the earlier ones took no more than ``low``, nine in ten no more than ``high``."""

    low: float
    high: float
    samples: int  #: how many earlier results it rests on; 0 where no time is taken at all


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of several nodes one after the other, and how many of them nobody can tell."""

    low: float
    high: float
    unknown: int


#: Nodes that only rearrange references.
NO_TIME = Estimate(0.0, 0.0, 0)


def estimate(seconds: Sequence[float]) -> Estimate | None:
    """From p50 to p90 of what was measured; None without any measurement."""
    if not seconds:
        return None
    if len(seconds) == 1:
        return Estimate(seconds[0], seconds[0], 1)
    tenths = quantiles(seconds, n=10, method="inclusive")
    return Estimate(tenths[4], tenths[8], len(seconds))


def work(found: Iterable[Estimate | None]) -> Work:
    """All of them together."""
    every = list(found)
    known = [one for one in every if one is not None]
    low, high = sum(one.low for one in known), sum(one.high for one in known)
    return Work(low, high, len(every) - len(known))


_UNITS = (("s", 1.0, 100), ("min", 60.0, 100), ("h", 3600.0, float("inf")))


def range_text(low: float, high: float) -> str:
    """``3–5 min``, ``12 s``, ``under 1 s``."""
    if high < 0.5:
        return "under 1 s"
    unit, size, _ = next(row for row in _UNITS if high / row[1] < row[2])
    first, last = _number(low / size), _number(high / size)
    return f"{last} {unit}" if first == last else f"{first}–{last} {unit}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if 0 < value < 9.95 else f"{value:,.0f}"
