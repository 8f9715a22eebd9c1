"""Intervals of shares, which stay between 0 and 1 and have a width where every row is right."""

from __future__ import annotations

import math

from w2sdl_runtime.stats.intervals import LEVEL, t_quantile


def wilson(
    share: float, rows: float, freedom: float = math.inf, level: float = LEVEL
) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927).

    Args:
        share: between 0 and 1.
        rows: how many independent rows it has; or of how many it is worth, `effective_rows`.
        freedom: of the variance that ``rows`` was computed from; Student's t takes the place of the
            normal quantile, as for shares in surveys (Dean & Pagano 2015).
        level: of the interval.
    """
    z = t_quantile(freedom, (1 + level) / 2)
    whole = 2 * (rows + z**2)
    middle = (2 * rows * share + z**2) / whole
    reach = z / whole * math.sqrt(max(0.0, 4 * rows * share * (1 - share)) + z**2)
    lower = 0.0 if share <= 0 else max(0.0, middle - reach)
    upper = 1.0 if share >= 1 else min(1.0, middle + reach)
    return lower, upper


def wilson_above(share: float, rows: float, bound: float, freedom: float = math.inf) -> float:
    """The score test that goes with `wilson`: how often chance alone puts a share this far above a bound.

    One-sided. The variance is that of the bound, so a share of 0 or 1 rules out all others.
    """
    from scipy.special import ndtr, stdtr

    spread = math.sqrt(max(0.0, bound * (1 - bound)) / rows)
    if spread == 0:
        return 0.5 if share == bound else float(share < bound)
    size = (bound - share) / spread
    return float(ndtr(size) if math.isinf(freedom) else stdtr(freedom, size))


def effective_rows(share: float, variance: float) -> float:
    """How many independent rows would give a share this variance (Kish 1965); both above 0."""
    return share * (1 - share) / variance
