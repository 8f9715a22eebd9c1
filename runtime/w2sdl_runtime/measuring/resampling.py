"""Numbers that are no plain share: their bootstrap intervals, and their values without each row.

A statistic is a function of how often each row counts (float64, ``[rows]``): all ones give the number
itself, a resample its counts, and a zero leaves a row out. NaN says that it is undefined there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.op import Context
from w2sdl_runtime.stats.intervals import bca, percentiles
from w2sdl_runtime.values import Metric

Numbers = NDArray[np.float64]
Statistic = Callable[[Numbers], float]

#: Above this share of undefined resamples, their percentiles say nothing.
UNSTABLE_SHARE = 0.05
#: How intervals are made, for the facts of a metric.
BOOTSTRAP, PAIRED_BOOTSTRAP = "bootstrap, 95 % percentile", "paired bootstrap, 95 % percentile"
BCA = "bootstrap, 95 % BCa"
#: Rows drawn at a time, over all resamples: bounds the memory that large test parts take.
_DRAWN_AT_ONCE = 2_000_000
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
    """A metric from a statistic of rows: its value, its 95 % interval, its rows.

    The interval is BCa where the values without each row are known, else of percentiles.

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
    known = {"interval": BOOTSTRAP, "resamples": resamples, "warnings": [], **(facts or {})}
    if not np.isfinite(value):
        return Metric(name, None, None, None, rows, undefined, known, pa.table(dict(columns)))
    drawn = _drawn(statistic, rows, resamples, ctx.generator("resamples"))
    left = without_each_row(statistic, rows) if leave_out else None
    if left is not None:
        columns, known["left_out"] = {**columns, LEFT_OUT: left}, LEFT_OUT
    corrected = left is not None and bool(np.isfinite(left).all())
    found = interval_of(drawn, value, left if corrected else None)
    known |= found.facts(known["warnings"]) | {"interval": BCA if corrected else BOOTSTRAP}
    ends = (found.lower, found.upper)
    return Metric(name, float(value), *ends, rows, "", known, pa.table(dict(columns)))


def _drawn(
    statistic: Statistic, rows: int, resamples: int, generator: np.random.Generator
) -> Numbers:
    found = [statistic(draw_counts(generator, 1, rows)[0]) for _ in range(resamples)]
    return np.asarray(found, dtype=np.float64)


def draw_counts(generator: np.random.Generator, resamples: int, size: int) -> Numbers:
    """How often each of ``size`` things is drawn, with replacement: resamples x size."""
    drawn = generator.integers(size, size=(resamples, size))
    flat = drawn + size * np.arange(resamples)[:, None]
    counts = np.bincount(flat.ravel(), minlength=resamples * size)
    return counts.reshape(resamples, size).astype(np.float64)


def row_counts(generator: np.random.Generator, resamples: int, rows: int) -> Iterator[Numbers]:
    """The counts of all resamples, some at a time: rows x resamples."""
    block = max(1, _DRAWN_AT_ONCE // rows)
    for start in range(0, resamples, block):
        yield draw_counts(generator, min(block, resamples - start), rows).T


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of an interval by resamples; none where too many of them give nothing."""

    lower: float | None
    upper: float | None
    undefined_share: float

    @property
    def warnings(self) -> list[str]:
        """That there is none, for the facts of a metric."""
        return ["undefined_resamples"] if self.undefined_share > UNSTABLE_SHARE else []

    def facts(self, warnings: Sequence[str]) -> dict[str, Any]:
        """For a metric that has other ``warnings`` already."""
        return {"undefined_share": self.undefined_share, "warnings": [*warnings, *self.warnings]}


def interval_of(drawn: Numbers, value: float | None = None, without: Numbers | None = None) -> Ends:
    """The interval of a number from its resamples; NaN is one in which it is undefined.

    BCa where ``value`` and the values ``without`` each row are given, else of percentiles.
    """
    undefined = float(np.isnan(drawn).mean())
    if undefined > UNSTABLE_SHARE:
        return Ends(None, None, undefined)
    defined = drawn[~np.isnan(drawn)]
    if value is None or without is None:
        return Ends(*percentiles(defined), undefined)
    return Ends(*bca(defined, value, without), undefined)


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
