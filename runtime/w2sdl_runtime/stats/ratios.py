"""The interval of a ratio of two numbers that both vary with seeds and rows."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from w2sdl_runtime.stats.intervals import LEVEL, Interval, t_quantile
from w2sdl_runtime.stats.leave_out import LeftOut, Variances, combine, method_of, variances

#: Means are sums of thirds and the like: a gap below this is rounding, and there is nothing to divide by.
NO_GAP = 1e-12

_HALVINGS = 50
_DOUBLINGS = 60


def fieller(above: LeftOut, below: LeftOut, level: float = LEVEL) -> Interval | None:
    """The interval of ``above / below`` (Fieller 1954): all r for which above - r below may be 0.

    It is not symmetric: the nearer ``below`` is to zero, the further it reaches outwards. Each r is
    judged with the variance and the degrees of freedom of its own difference.

    Returns:
        None where ``below`` may be zero itself, so that no r can be excluded; an interval without
        bounds where nothing varies.
    """
    variance = _variance_by_ratio(above, below)
    if variance is None or abs(below.full) <= NO_GAP:
        return None
    ratio = above.full / below.full
    apart = variances(combine(lambda a, b: a - ratio * b, above, below))
    if apart is None or apart.total == 0:
        return Interval(ratio)

    def excluded(r: float) -> bool:
        return abs(above.full - r * below.full) > _reach(variance(r), level)

    own = variances(below)
    if own is None or abs(below.full) <= _reach(own, level):
        return None
    step = _reach(variance(ratio), level) / abs(below.full)
    lower, upper = (_end(excluded, ratio, sign * step) for sign in (-1, 1))
    if lower is None or upper is None:
        return None
    return Interval(ratio, lower, upper, f"Fieller, {method_of(above)}")


def _reach(parts: Variances, level: float) -> float:
    """Student's t times the standard error."""
    return t_quantile(parts.freedom, (1 + level) / 2) * sqrt(parts.total)


def _variance_by_ratio(above: LeftOut, below: LeftOut) -> Callable[[float], Variances] | None:
    """The variance of ``above - r below`` by r, each of its parts a quadratic function."""
    known = [variances(one) for one in (above, below, combine(np.subtract, above, below))]
    of_above, of_below, of_difference = known
    if of_above is None or of_below is None or of_difference is None:
        return None
    squares = [np.array([one.seeds, one.rows, one.both]) for one in (of_above, of_below)]
    both = np.array([of_difference.seeds, of_difference.rows, of_difference.both])
    covariance = (squares[0] + squares[1] - both) / 2

    def variance(r: float) -> Variances:
        parts = squares[0] - 2 * r * covariance + r**2 * squares[1]
        seeds, rows, common = np.maximum(parts, 0).tolist()
        return Variances(seeds, rows, common, of_above.freedom_of)

    return variance


def _end(excluded: Callable[[float], bool], inside: float, step: float) -> float | None:
    """Where ratios begin to be excluded, going outwards; None if they never are."""
    for _ in range(_DOUBLINGS):
        if excluded(inside + step):
            break
        inside, step = inside + step, 2 * step
    else:
        return None
    for _ in range(_HALVINGS):
        step /= 2
        if not excluded(inside + step):
            inside += step
    return inside
