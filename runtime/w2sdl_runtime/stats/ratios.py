"""The interval of a ratio of two numbers that both vary with seeds and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.stats.intervals import Interval, t_quantile
from w2sdl_runtime.stats.leave_out import LeftOut, combine, method_of, variances

if TYPE_CHECKING:
    from collections.abc import Callable


def fieller(above: LeftOut, below: LeftOut) -> Interval | None:
    """The 95 % interval of ``above / below`` (Fieller 1954): all r for which above - r below may be 0.

    It is not symmetric: the nearer ``below`` is to zero, the further it reaches outwards. Degrees of
    freedom, and whether the common part is subtracted, are those at the ratio that was found.

    Returns:
        None where no r can be excluded, as ``below`` may be zero itself; an interval without bounds
        where nothing varies.
    """
    ratio = above.full / below.full if below.full else np.nan
    found = variances(_residual(above, below, ratio)) if np.isfinite(ratio) else None
    if found is None:
        return None
    if found.total == 0:
        return Interval(ratio)
    variance = _variance_like(found.rows > found.both, bool(found.freedom_of[0]))
    squared = t_quantile(found.freedom) ** 2
    of_above, of_below = variance(above), variance(below)
    covariance = (of_above + of_below - variance(combine(np.subtract, above, below))) / 2
    # (above - r below)^2 = t^2 Var(above - r below), a quadratic in r
    a = below.full**2 - squared * of_below
    b = above.full * below.full - squared * covariance
    c = above.full**2 - squared * of_above
    if a <= 0 or b**2 < a * c:
        return None
    root = float(np.sqrt(b**2 - a * c))
    return Interval(ratio, (b - root) / a, (b + root) / a, f"Fieller, {method_of(above)}")


def _residual(above: LeftOut, below: LeftOut, ratio: float) -> LeftOut:
    return combine(lambda a, b: a - ratio * b, above, below)


def _variance_like(with_rows: bool, with_seeds: bool) -> Callable[[LeftOut], float]:
    """The total variance, with the parts that count fixed, so that it is a quadratic form."""

    def variance(left_out: LeftOut) -> float:
        parts = variances(left_out)
        if parts is None:
            return np.nan
        if not with_seeds:
            return parts.rows
        return parts.seeds + (parts.rows - parts.both if with_rows else 0.0)

    return variance
