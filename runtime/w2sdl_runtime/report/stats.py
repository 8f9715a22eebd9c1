"""Intervals for numbers that rest on many rows and on few seeds, from leave-one-out values.

One method serves tables and expectations: variances from leaving out each seed and each row in
turn (the delete-one jackknife, Efron & Stein 1981), added up, with Student's t at Satterthwaite's
degrees of freedom. Few seeds therefore give wide intervals; a bootstrap over three would not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.stats.intervals import Interval as Interval  # until its users are moved

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statistic computed on everything, and again without each seed and without each row.

    ``seeds`` and ``rows`` may be empty: then that source of variation is not covered.
    """

    full: float
    seeds: NDArray[np.float64]
    rows: NDArray[np.float64]


def jackknife(left_out: LeftOut) -> Interval:
    """The 95 % interval of a smooth statistic over crossed seeds and rows.

    Var = Var(seeds) + Var(rows); the part common to both (the interaction) is counted twice, so the
    interval errs on the wide side. Gives no bounds where a leave-one-out value is undefined, or
    where neither source of variation is there.
    """
    parts = [
        (_variance(values), len(values) - 1)
        for values in (left_out.seeds, left_out.rows)
        if len(values) > 1
    ]
    if not parts or not all(np.isfinite(variance) for variance, _ in parts):
        return Interval(left_out.full)
    half = _half_width(parts)
    method = _method(len(left_out.seeds), len(left_out.rows))
    return Interval(left_out.full, left_out.full - half, left_out.full + half, method)


def _variance(values: NDArray[np.float64]) -> float:
    """Jackknife variance from delete-one values: (m - 1)/m times their sum of squares."""
    deviations = values - values.mean()
    return float((len(values) - 1) / len(values) * (deviations**2).sum())


def _half_width(parts: Sequence[tuple[float, int]]) -> float:
    """Student's t times the standard error; ``parts`` are variances and degrees of freedom."""
    from scipy.special import stdtrit  # scipy.stats says the same, a second later

    total = sum(variance for variance, _ in parts)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(variance**2 / df for variance, df in parts)
    return float(stdtrit(freedom, (1 + LEVEL) / 2)) * float(np.sqrt(total))


def _method(seeds: int, rows: int) -> str:
    if rows < 2:
        return f"t over {seeds} seeds"
    if seeds < 2:
        return f"t over {rows:,} rows; one seed"
    return f"t over {seeds} seeds and {rows:,} rows"


def without_each(scores: NDArray[np.float64], counted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratio of sums without each row in turn: (sum - score_j) / (count - counted_j); NaN for 0/0.

    ``scores`` and ``counted`` are one number a row; a row that isn't counted has score 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        left: NDArray[np.float64] = (scores.sum() - scores) / (counted.sum() - counted)
    return left


def clipped(interval: Interval) -> Interval:
    """The interval of a share, cut at 0 and 1."""
    if interval.lower is None or interval.upper is None:
        return interval
    lower, upper = max(0.0, interval.lower), min(1.0, interval.upper)
    return Interval(interval.value, lower, upper, interval.method)
