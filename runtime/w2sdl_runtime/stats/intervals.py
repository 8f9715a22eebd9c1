"""A number with its 95 % interval: over rows, over a few seeds, over both.

What each covers of what it claims is simulated by `benchmarks/coverage.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval, and the words for how the interval was made."""

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


def over_seeds(values: Numbers) -> Interval:
    """The mean of one number a seed with Student's t: the interval for a few seeds.

    A percentile bootstrap of 3 seeds has 10 different resamples and covers 67 % (`tests/stats`).
    Fewer than 2 seeds have no interval.
    """
    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return Interval(mean)
    half = t_quantile(count - 1) * float(np.std(values, ddof=1)) / np.sqrt(count)
    return Interval(mean, mean - half, mean + half, f"t over {count} seeds")


def percentiles(drawn: Numbers) -> tuple[float, float]:
    """The ends of the middle 95 % of resamples."""
    lower, upper = np.percentile(drawn, (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)).tolist()
    return lower, upper


def bca(drawn: Numbers, value: float, without: Numbers) -> tuple[float, float]:
    """The ends of the BCa interval (DiCiccio & Efron 1996, equations 2.2 and 2.3).

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


def over_rows(
    columns: Numbers | tuple[Numbers, ...],
    statistic: Callable[..., float] = np.mean,
    method: Literal["percentile", "BCa"] = "percentile",
    *,
    resamples: int = 2000,
    generator: np.random.Generator,
) -> Interval:
    """A statistic of rows with its bootstrap interval (Efron & Tibshirani 1993).

    Args:
        columns: one number a row, or several such columns, whose rows stay together.
        statistic: of the columns; takes ``axis``, as `numpy.mean` does.
        method: percentiles, or corrected for bias and acceleration (DiCiccio & Efron 1996).
        resamples: how many draws of rows.
        generator: for the draws.

    Returns:
        The interval; without bounds where there is one row, or where no draw changes the statistic.
    """
    from scipy.stats import bootstrap

    data = columns if isinstance(columns, tuple) else (columns,)
    value = float(statistic(*data, axis=-1))
    if len(data[0]) < 2 or all(np.all(column == column[0]) for column in data):
        return Interval(value)
    # Rows at a time, so that a million of them don't stand in memory thousands of times.
    batch = max(1, 4_000_000 // len(data[0]))
    options = {"n_resamples": resamples, "batch": batch, "paired": True}
    found = bootstrap(data, statistic, method=method, rng=generator, **options)
    lower, upper = (float(end) for end in found.confidence_interval)
    words = f"{method} bootstrap over {len(data[0]):,} rows"
    return Interval(value, lower, upper, words) if np.isfinite(lower + upper) else Interval(value)
