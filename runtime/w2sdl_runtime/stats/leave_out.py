"""Intervals over crossed seeds and rows, from what a statistic is without each of them.

The variance of a mean over S seeds and N rows has three parts: of seeds, of rows, and of what is
particular to a seed on a row (the interaction, and noise). Leaving out seeds sees the first and the
third, leaving out rows the second and the third; so the third is subtracted once, as in a two-way
analysis of variance without repetition. Any smooth statistic is treated like a mean of its
leave-one-out values (the delete-one jackknife; Efron & Stein 1981).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.stats.intervals import LEVEL, Interval, t_quantile
from w2sdl_runtime.stats.paired import Test
from w2sdl_runtime.stats.shares import effective_rows, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Groups = NDArray[np.int64]

#: Groups of rows that are left out together with each seed: enough to know the third part well.
GROUPS = 50
#: A standard error below this, as a part of the number or of 1, is rounding: nothing varies.
ROUNDING = 1e-12


def _none() -> Numbers:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statistic on everything, without each seed, without each row, without seeds on some rows.

    ``seeds`` and ``rows`` may be empty: then that source of variation is not covered. ``groups`` is
    the statistic without each group of rows, ``both`` (seeds x groups) without a seed and a group;
    where they are empty, the common part of both variances stays in twice: too wide an interval.
    ``row_count`` is how many rows there are; they may be left out a group at a time.
    """

    full: float
    seeds: Numbers
    rows: Numbers
    groups: Numbers = field(default_factory=_none)
    both: Numbers = field(default_factory=_none)
    row_count: int = 0

    @classmethod
    def of_seeds(
        cls, values: Numbers, without_row: Numbers | None, without_group: Numbers, row_count: int
    ) -> LeftOut:
        """The mean over seeds of a statistic.

        Args:
            values: the statistic in each seed, [seeds].
            without_row: [seeds, rows]; None where they are too many: then groups stand for them.
            without_group: [seeds, groups].
            row_count: how many rows there are.
        """
        seeds = len(values)
        by_group = without_group.mean(axis=0) if row_count > 1 else _none()
        crossed = seeds > 1 and row_count > 1
        rows = by_group if without_row is None or row_count < 2 else without_row.mean(axis=0)
        return cls(
            float(values.mean()),
            without_each(values, np.ones(seeds)) if seeds > 1 else _none(),
            rows,
            by_group,
            (without_group.sum(axis=0) - without_group) / (seeds - 1) if crossed else _none(),
            row_count,
        )

    @classmethod
    def of_mean(cls, scores: Numbers, groups: Groups | None = None, count: int = 0) -> LeftOut:
        """The mean of scores (seeds x rows).

        ``groups`` says in which group each row is left out, of ``count`` groups; some may be empty.
        """
        rows = scores.shape[1]
        total, left = scores.sum(axis=1, keepdims=True), max(1, rows - 1)
        places = groups_of(rows) if groups is None else groups
        sizes = rows - group_sums(np.ones((1, rows)), places, count)
        without_group = (total - group_sums(scores, places, count)) / np.maximum(sizes, 1)
        return cls.of_seeds(scores.mean(axis=1), (total - scores) / left, without_group, rows)


def combine(function: Callable[..., Any], *parts: LeftOut) -> LeftOut:
    """A function of several statistics of the same seeds and rows, left out alike."""
    arrays = {
        name: function(*(getattr(part, name) for part in parts))
        for name in ("seeds", "rows", "groups", "both")
    }
    full = float(function(*(part.full for part in parts)))
    return LeftOut(full, **arrays, row_count=parts[0].row_count)


def groups_of(rows: int) -> Groups:
    """The group in which each row is left out: 0..49, one after the other."""
    groups: Groups = np.arange(rows, dtype=np.int64) % GROUPS
    return groups


def group_sums(values: Numbers, groups: Groups, count: int = 0) -> Numbers:
    """Sums over groups of rows: [..., rows] to [..., groups]."""
    size = count or int(groups.max()) + 1
    flat = values.reshape(-1, values.shape[-1])
    summed = [np.bincount(groups, weights=one, minlength=size) for one in flat]
    return np.asarray(summed, np.float64).reshape(*values.shape[:-1], size)


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
        """The variance of the statistic.

        What rows alone add can't be below 0. What seeds alone add isn't cut off there: of few seeds
        it strays so far that the cut would make the sum too large. But a few seeds that are alike by
        chance must not make the sum vanish either: at least half of what it is where seeds add nothing
        is kept (our design; `docs/statistics.md` has the simulations).
        """
        if not self.freedom_of[0]:
            return self.rows
        return max(self.seeds + self.of_rows, (self.both + self.of_rows) / 2)

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
    both, freedom = _of_both(left_out)
    parts = (_variance(left_out.seeds), _variance(left_out.rows), both)
    if not np.isfinite(parts).all():
        return None
    least = (ROUNDING * max(1.0, abs(left_out.full))) ** 2
    of_seeds, of_rows, both = (part if part > least else 0.0 for part in parts)
    return Variances(of_seeds, of_rows, both, (max(0, seeds - 1), max(0, rows - 1), freedom))


def _variance(values: Numbers) -> float:
    """Jackknife variance from delete-one values: (m - 1)/m times their sum of squares."""
    if len(values) < 2:
        return 0.0
    deviations = values - values.mean()
    return float((len(values) - 1) / len(values) * (deviations**2).sum())


def _of_both(left_out: LeftOut) -> tuple[float, int]:
    """The common part, from second differences: what a seed and a group do only together."""
    if not left_out.both.size or not np.isfinite(left_out.both).all():
        return 0.0, 0
    seeds, groups = left_out.both.shape
    second = left_out.full - left_out.seeds[:, None] - left_out.groups + left_out.both
    freedom = (seeds - 1) * (groups - 1)
    return float(freedom / (seeds * groups) * (second**2).sum()), freedom


@dataclass(frozen=True, slots=True)
class Worth:
    """Of how many independent rows a share is worth, with the degrees of freedom of that number."""

    rows: float
    freedom: float
    method: str


def worth(left_out: LeftOut) -> Worth | None:
    """What a share is worth; None where nothing says how far it varies.

    One that is 0 or 1 throughout is worth its rows.
    """
    value, parts, rows = left_out.full, variances(left_out), left_out.row_count
    if value in (0, 1) and rows > 1:
        return Worth(rows, np.inf, f"Wilson over {rows:,} rows, all alike")
    if parts is None or parts.total == 0 or not 0 < value < 1:
        return None
    words = f"Wilson, {method_of(left_out)}"
    return Worth(effective_rows(value, parts.total), parts.freedom, words)


def jackknife(left_out: LeftOut, *, share: bool = False, level: float = LEVEL) -> Interval:
    """The interval of a smooth statistic over crossed seeds and rows, with Student's t.

    With ``share`` it is that of a share, which stays between 0 and 1: Wilson's, of as many rows as the
    variance is worth. Without bounds where nothing varies or a leave-one-out value is undefined; a
    share that is 0 or 1 throughout has Wilson's interval of its rows.
    """
    value, parts = left_out.full, variances(left_out)
    if share and (known := worth(left_out)):
        return Interval(value, *wilson(value, known.rows, known.freedom, level), known.method)
    if parts is None or not np.isfinite(value) or parts.total == 0:
        return Interval(value)
    half = t_quantile(parts.freedom, (1 + level) / 2) * float(np.sqrt(parts.total))
    return Interval(value, value - half, value + half, method_of(left_out))


def t_test(left_out: LeftOut) -> Test:
    """The two-sided test of a statistic against zero that goes with `jackknife`'s interval."""
    parts, method = variances(left_out), method_of(left_out)
    if parts is None or not np.isfinite(left_out.full):
        return Test(None, method, "nothing says how far chance would reach")
    if parts.total == 0:
        return Test(None, method, "it is the same in every seed and row")
    from scipy.special import stdtr

    size = abs(left_out.full) / np.sqrt(parts.total)
    return Test(float(2 * stdtr(parts.freedom, -size)), method)


def method_of(left_out: LeftOut) -> str:
    """How the interval of a statistic is made, in words."""
    seeds, rows = len(left_out.seeds), left_out.row_count or len(left_out.rows)
    if len(left_out.rows) < 2:
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
