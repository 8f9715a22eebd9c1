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
