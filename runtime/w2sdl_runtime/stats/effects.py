"""How large a difference is, in units that can be compared across experiments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect size, with an interval where there is one; None with the reason where undefined."""

    value: float | None
    name: str
    reason: str = ""
    lower: float | None = None
    upper: float | None = None


def cohens_h(first: float, second: float) -> float:
    """The difference of two shares on the arcsine scale (Cohen 1988, 6.2): 0.2 small, 0.8 large.

    Raises:
        ValueError: for a share outside 0..1.
    """
    for share in (first, second):
        if not 0 <= share <= 1:
            raise ValueError(f"{share} is no share between 0 and 1")
    return 2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second))


def standardised_difference(differences: Numbers) -> Effect:
    """d_z: the mean paired difference over its standard deviation (Lakens 2013, equation 6)."""
    name = "d_z"
    if len(differences) < 2:
        return Effect(None, name, "fewer than 2 pairs have no standard deviation")
    spread = float(np.std(differences, ddof=1))
    if not np.isfinite(spread):
        return Effect(None, name, "a difference is undefined")
    if spread == 0:
        return Effect(None, name, "all pairs differ by the same")
    return Effect(float(np.mean(differences)) / spread, name)


def discordant_odds(only_a: int, only_b: int) -> Effect:
    """The odds that it is the first arm which is right, where only one is: ``only_a / only_b``.

    The interval is exact: that of the share ``only_a / (only_a + only_b)`` (Clopper & Pearson 1934),
    turned into odds. With none on one side the odds are 0, or have no bound above.
    """
    from scipy.stats import binomtest

    name = "odds ratio of discordant rows"
    if only_a + only_b == 0:
        return Effect(None, name, "the two are right on the same rows")
    share = binomtest(only_a, only_a + only_b).proportion_ci(method="exact")
    lower = float(share.low / (1 - share.low))
    if only_b == 0:
        return Effect(None, name, "the second is never right alone: no bound above", lower)
    return Effect(only_a / only_b, name, "", lower, _odds(float(share.high)))


def _odds(share: float) -> float | None:
    return share / (1 - share) if share < 1 else None
