"""Intervals over crossed seeds and rows, from what a statistic is without each of them.

The variance of a mean over S seeds and N rows has three parts: of seeds, of rows, and of what is
particular to a seed on a row (the interaction, and noise). Leaving out seeds sees the first and the
third, leaving out rows the second and the third; so the third is subtracted once, as in a two-way
analysis of variance without repetition. Any smooth statistic is treated like a mean of its
leave-one-out values (the delete-one jackknife; Efron & Stein 1981).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.stats.intervals import Interval, t_quantile
from w2sdl_runtime.stats.paired import Test
from w2sdl_runtime.stats.shares import effective_rows, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

#: Groups of rows that are left out together with each seed: enough to know the third part well.
GROUPS = 50


def _none() -> Numbers:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statistic on everything, without each seed, without each row, without seeds on some rows.

    ``seeds`` and ``rows`` may be empty: then that source of variation is not covered. ``groups`` is
    the statistic without each group of rows, ``both`` (seeds x groups) without a seed and a group;
    where they are empty, the common part of both variances stays in twice: too wide an interval.
    """

    full: float
    seeds: Numbers
    rows: Numbers
    groups: Numbers = field(default_factory=_none)
    both: Numbers = field(default_factory=_none)

    @classmethod
    def of_mean(cls, scores: Numbers) -> LeftOut:
        """The mean of scores (seeds x rows), and without each."""
        seeds, rows = scores.shape
        by_seed, by_row = scores.mean(axis=1), scores.mean(axis=0)
        sums, sizes = group_sums(scores), group_sums(np.ones((1, rows)))
        left = (scores.sum(axis=1, keepdims=True) - sums) / np.maximum(rows - sizes, 1)
        usable = seeds > 1 and rows > 1
        return cls(
            float(scores.mean()),
            without_each(by_seed, np.ones(seeds)) if seeds > 1 else _none(),
            without_each(by_row, np.ones(rows)) if rows > 1 else _none(),
            left.mean(axis=0) if usable else _none(),
            (left.sum(axis=0) - left) / (seeds - 1) if usable else _none(),
        )


def group_sums(values: Numbers) -> Numbers:
    """Sums over groups of rows (the last dimension): row i is in group i modulo `GROUPS`."""
    rows = values.shape[-1]
    groups = min(GROUPS, rows)
    padded = np.zeros((*values.shape[:-1], -(-rows // groups) * groups))
    padded[..., :rows] = values
    summed: Numbers = padded.reshape(*values.shape[:-1], -1, groups).sum(axis=-2)
    return summed


@dataclass(frozen=True, slots=True)
class Variances:
    """Parts of the variance of a statistic, each with its degrees of freedom.

    ``seeds`` and ``rows`` are what leaving these out shows; each includes ``both``.
    """

    seeds: float
    rows: float
    both: float
    freedom_of: tuple[int, int, int]

    @property
    def of_seeds(self) -> float:
        """What seeds alone add; 0 where they differ by no more than chance."""
        return max(0.0, self.seeds - self.both)

    @property
    def of_rows(self) -> float:
        """What rows alone add."""
        return max(0.0, self.rows - self.both)

    @property
    def total(self) -> float:
        """The variance of the statistic."""
        return self.of_seeds + self.of_rows + self.both

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the total (Satterthwaite 1946); at least 1."""
        parts = zip((self.seeds, self.rows, self.both), self.freedom_of, strict=True)
        below = sum(part**2 / freedom for part, freedom in parts if freedom)
        return max(1.0, self.total**2 / below) if below else np.inf


def variances(left_out: LeftOut) -> Variances | None:
    """The parts of the variance; None where nothing was left out, or a value without it is undefined."""
    seeds, rows = len(left_out.seeds), len(left_out.rows)
    if seeds < 2 and rows < 2:
        return None
    both, freedom = 0.0, 0
    if left_out.both.size:
        both, freedom = _of_both(left_out)
    parts = (_variance(left_out.seeds), _variance(left_out.rows), both)
    if not np.isfinite(parts).all():
        return None
    return Variances(*parts, (max(0, seeds - 1), max(0, rows - 1), freedom))


def _variance(values: Numbers) -> float:
    """Jackknife variance from delete-one values: (m - 1)/m times their sum of squares."""
    if len(values) < 2:
        return 0.0
    deviations = values - values.mean()
    return float((len(values) - 1) / len(values) * (deviations**2).sum())


def _of_both(left_out: LeftOut) -> tuple[float, int]:
    """The common part, from second differences: what a seed and a group do only together."""
    seeds, groups = left_out.both.shape
    second = left_out.full - left_out.seeds[:, None] - left_out.groups + left_out.both
    freedom = (seeds - 1) * (groups - 1)
    return float(freedom / (seeds * groups) * (second**2).sum()), freedom


def jackknife(left_out: LeftOut, *, share: bool = False) -> Interval:
    """The 95 % interval of a smooth statistic over crossed seeds and rows, with Student's t.

    With ``share`` it is that of a share, which stays between 0 and 1: Wilson's, of as many rows as the
    variance is worth. Without bounds where nothing varies or a leave-one-out value is undefined; a share
    that never varies (all rows right) has Wilson's interval of its rows.
    """
    value, parts = left_out.full, variances(left_out)
    if parts is None or not np.isfinite(value):
        return Interval(value)
    words = _method(len(left_out.seeds), len(left_out.rows))
    if share and 0 <= value <= 1:
        return _of_share(value, parts, len(left_out.rows), words)
    if parts.total == 0:
        return Interval(value, value, value, words)
    half = t_quantile(parts.freedom) * float(np.sqrt(parts.total))
    return Interval(value, value - half, value + half, words)


def _of_share(value: float, parts: Variances, rows: int, words: str) -> Interval:
    if 0 < value < 1 and parts.total > 0:
        worth, freedom = effective_rows(value, parts.total), parts.freedom
    elif value in (0, 1) and rows > 1:
        worth, freedom = float(rows), np.inf
    else:
        return Interval(value)
    return Interval(value, *wilson(value, worth, freedom), f"Wilson, {words}")


def t_test(left_out: LeftOut) -> Test:
    """The two-sided test of a statistic against zero that goes with `jackknife`'s interval."""
    parts = variances(left_out)
    method = _method(len(left_out.seeds), len(left_out.rows))
    if parts is None or not np.isfinite(left_out.full):
        return Test(None, method, "nothing says how far chance would reach")
    if parts.total == 0:
        return Test(None, method, "it is the same in every seed and row")
    from scipy.special import stdtr

    size = abs(left_out.full) / np.sqrt(parts.total)
    return Test(float(2 * stdtr(parts.freedom, -size)), method)


def _method(seeds: int, rows: int) -> str:
    if rows < 2:
        return f"t over {seeds} seeds"
    if seeds < 2:
        return f"t over {rows:,} rows; one seed"
    return f"t over {seeds} seeds and {rows:,} rows"


def without_each(scores: Numbers, counted: Numbers) -> Numbers:
    """Ratio of sums without each row in turn: (sum - score_j) / (count - counted_j); NaN for 0/0.

    ``scores`` and ``counted`` are one number a row; a row that isn't counted has score 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        left: Numbers = (scores.sum() - scores) / (counted.sum() - counted)
    return left
