"""Tests of two arms on the same rows, or over the same seeds.

Each answers: how often would a difference at least this large, in either direction, come about if the
two arms were exchangeable within each pair?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

#: Up to so many pairs that differ, all sign flips are gone through (2 ** 13 = 8,192).
_EXACT = 13
#: Beyond so many, the sum of flipped differences is normal to more digits than draws would show.
_NORMAL = 20_000


@dataclass(frozen=True, slots=True)
class Test:
    """A two-sided p, by which test; None with the reason where the test is undefined."""

    __test__: ClassVar[bool] = False  # of no interest to pytest
    p: float | None
    method: str
    reason: str = ""


def mcnemar(only_a: int, only_b: int) -> Test:
    """McNemar's test (1947), exact: rows that only one arm has right, against a fair coin.

    Args:
        only_a: how many rows only the first arm has right.
        only_b: how many only the second.

    Raises:
        ValueError: for a negative number.
    """
    from scipy.special import bdtr  # scipy.stats.binomtest says the same, a second later

    method = "McNemar, exact"
    if min(only_a, only_b) < 0:
        raise ValueError(f"{min(only_a, only_b)} rows: a count is 0 or more")
    if only_a + only_b == 0:
        return Test(None, method, "the two are right on the same rows")
    return Test(min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5))), method)


def paired_permutation(
    differences: Numbers,
    what: Literal["rows", "seeds"] = "rows",
    *,
    resamples: int = 9999,
    generator: np.random.Generator | None = None,
) -> Test:
    """A permutation test of the mean difference: the signs of pairs are flipped (Fisher 1935).

    Exact where at most 13 pairs differ; by ``resamples`` draws beyond, of which the observed one
    counts as one (Phipson & Smyth 2010); by the normal distribution beyond 20,000 pairs.

    Args:
        differences: one a row, or one a seed.
        what: they are of, for the reason of an undefined test.
        resamples: draws of signs, where there are too many to go through.
        generator: for the draws; by default one with seed 0, so that p is the same again.
    """
    if len(differences) < 2:
        one = "one row" if what == "rows" else "one seed"
        return Test(None, f"sign flips of {what}", f"{one} can't be told from chance")
    if not np.isfinite(differences).all():
        return Test(None, f"sign flips of {what}", "a difference is undefined")
    moved = differences[differences != 0]  # flipping zeros changes nothing
    if not moved.size:
        return Test(None, f"sign flips of {what}", "no pair differs")
    if moved.size > _NORMAL:
        return _normal(moved, what)
    return _flipped(moved, what, resamples, generator or np.random.default_rng(0))


def _flipped(moved: Numbers, what: str, resamples: int, generator: np.random.Generator) -> Test:
    from scipy.stats import permutation_test

    exact = moved.size <= _EXACT
    found = permutation_test(
        (moved,),
        lambda flipped, axis: flipped.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf if exact else resamples,
        batch=max(1, 4_000_000 // moved.size),
        rng=generator,
    )
    how = "exact" if exact else f"{resamples:,} draws"
    smallest = 2 / 2**moved.size
    limit = f"with {moved.size} {what} p can't be below {smallest:.2g}" if smallest > 0.05 else ""
    return Test(float(found.pvalue), f"sign flips of {what}, {how}", limit)


def _normal(moved: Numbers, what: str) -> Test:
    from scipy.special import ndtr

    size = abs(float(moved.sum())) / float(np.sqrt((moved**2).sum()))
    return Test(float(2 * ndtr(-size)), f"sign flips of {what}, normal limit")
