"""A number with its interval, and the ends of intervals by resamples.

What intervals cover of what they claim is simulated by `benchmarks/coverage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its interval, of 95 % unless said otherwise.

    ``method`` says how it was made, or why there is none.
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    method: str = ""

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; without an interval, no."""
        if self.lower is None or self.upper is None:
            return False
        return self.lower > 0 or self.upper < 0


def t_quantile(freedom: float, below: float = (1 + LEVEL) / 2) -> float:
    """The quantile of Student's t; ``freedom`` may be a fraction, or infinite."""
    from scipy.special import ndtri, stdtrit  # scipy.stats says the same, a second later

    return float(ndtri(below) if np.isinf(freedom) else stdtrit(freedom, below))


def percentiles(drawn: Numbers) -> tuple[float, float]:
    """The ends of the middle 95 % of resamples."""
    lower, upper = np.percentile(drawn, (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)).tolist()
    return lower, upper


def bca(drawn: Numbers, value: float, without: Numbers) -> tuple[float, float]:
    """The ends of the BCa interval (DiCiccio & Efron 1996, section 2).

    Args:
        drawn: the statistic in each resample.
        value: the statistic itself; how many resamples lie below it says how biased they are.
        without: the statistic without each row; their skewness is the acceleration.
    """
    from scipy.special import ndtr, ndtri

    below = (np.mean(drawn < value) + np.mean(drawn <= value)) / 2
    half = 0.5 / len(drawn)
    bias = ndtri(np.clip(below, half, 1 - half))
    moved = without.mean() - without
    spread = float((moved**2).sum())
    skew = float((moved**3).sum()) / (6 * spread**1.5) if spread else 0.0
    z = bias + ndtri(np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    ranks = ndtr(bias + z / np.maximum(1 - skew * z, 1e-3))
    lower, upper = np.percentile(drawn, 100 * ranks).tolist()
    return lower, upper
