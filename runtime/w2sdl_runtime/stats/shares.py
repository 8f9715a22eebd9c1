"""Intervals of shares, which stay between 0 and 1 and have a width where every row is right."""

from __future__ import annotations

import math

from w2sdl_runtime.stats.intervals import LEVEL, t_quantile


def wilson(share: float, rows: float, freedom: float = math.inf) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927).

    Args:
        share: between 0 and 1.
        rows: how many independent rows it has; or of how many it is worth, `effective_rows`.
        freedom: of the variance that ``rows`` was computed from; Student's t takes the place of the
            normal quantile, as for shares in surveys (Dean & Pagano 2015).
    """
    z = t_quantile(freedom, (1 + LEVEL) / 2)
    whole = 2 * (rows + z**2)
    middle = (2 * rows * share + z**2) / whole
    reach = z / whole * math.sqrt(max(0.0, 4 * rows * share * (1 - share)) + z**2)
    lower = 0.0 if share <= 0 else max(0.0, middle - reach)
    upper = 1.0 if share >= 1 else min(1.0, middle + reach)
    return lower, upper


def effective_rows(share: float, variance: float) -> float:
    """How many independent rows would give a share this variance (Kish 1965); both above 0."""
    return share * (1 - share) / variance
