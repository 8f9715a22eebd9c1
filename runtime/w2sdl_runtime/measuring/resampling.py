"""Numbers that are no plain share: their bootstrap intervals, and their values without each row.

A statistic is a function of how often each row counts (float64, ``[rows]``): all ones give the number
itself, a resample its counts, and a zero leaves a row out. NaN says that it is undefined there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Metric

Numbers = NDArray[np.float64]
Statistic = Callable[[Numbers], float]

#: Above this share of undefined resamples, their percentiles say nothing.
UNSTABLE_SHARE = 0.05
#: The column of a metric's rows with its value without that row, for intervals over seeds and rows.
LEFT_OUT = "without"
#: Rows times statistics that leaving each out may cost; beyond, a metric has no such column.
_MOST_WORK = 400_000_000


def estimate(
    ctx: Context,
    name: str,
    statistic: Statistic,
    columns: Mapping[str, Any],
    *,
    undefined: str,
    resamples: int,
    facts: Mapping[str, Any] | None = None,
    leave_out: bool = True,
) -> Metric:
    """A metric from a statistic of rows: its value, its 95 % percentile interval, its rows.

    Args:
        ctx: for the draws; the context's seed decides them.
        name: of the metric.
        statistic: of counts of rows.
        columns: the rows; ``item_id`` is one of them.
        undefined: why the statistic may be undefined; the reason where it is.
        resamples: of rows, with replacement.
        facts: more facts.
        leave_out: whether its values without each row are worth their time.
    """
    import pyarrow as pa

    rows = len(columns["item_id"])
    value = statistic(np.ones(rows))
    known: dict[str, Any] = {"interval": "bootstrap, 95 % percentile", "resamples": resamples}
    known |= {"warnings": [], **(facts or {})}
    if not np.isfinite(value):
        return Metric(name, None, None, None, rows, undefined, known, pa.table(dict(columns)))
    drawn = _drawn(statistic, rows, resamples, ctx.generator("resamples"))
    known["undefined_share"] = float(np.isnan(drawn).mean())
    lower: float | None = None
    upper: float | None = None
    if known["undefined_share"] <= UNSTABLE_SHARE:
        lower, upper = (float(v) for v in np.nanpercentile(drawn, (2.5, 97.5)))
    else:
        known["warnings"] = ["undefined_resamples"]
    left = without_each_row(statistic, rows) if leave_out else None
    if left is not None:
        columns, known["left_out"] = {**columns, LEFT_OUT: left}, LEFT_OUT
    return Metric(name, float(value), lower, upper, rows, "", known, pa.table(dict(columns)))


def _drawn(
    statistic: Statistic, rows: int, resamples: int, generator: np.random.Generator
) -> Numbers:
    found = [
        statistic(np.bincount(generator.integers(rows, size=rows), minlength=rows).astype(float))
        for _ in range(resamples)
    ]
    return np.asarray(found, dtype=np.float64)


def without_each_row(statistic: Statistic, rows: int) -> Numbers | None:
    """The statistic without each row in turn; None where that many rows would take too long."""
    if rows * rows > _MOST_WORK:
        return None
    counts, found = np.ones(rows), np.empty(rows)
    for at in range(rows):
        counts[at] = 0.0
        found[at] = statistic(counts)
        counts[at] = 1.0
    return found


def ratio(above: Numbers, below: Numbers) -> Statistic:
    """The ratio of two sums over rows: the mean of ``above`` where ``below`` is 1, say."""

    def value(counts: Numbers) -> float:
        size = float(counts @ below)
        return float(counts @ above) / size if size else np.nan

    return value
