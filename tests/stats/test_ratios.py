"""Fieller's interval, against the textbook formula and against what it must do near zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.leave_out import LeftOut, combine, jackknife
from w2sdl_runtime.stats.ratios import fieller


def pair(rows: int, below: float, seeds: int = 1, draw: int = 0) -> tuple[LeftOut, LeftOut]:
    """Two correlated means, about 1 and ``below``."""
    rng = np.random.default_rng(draw)
    shared = rng.normal(size=(seeds, rows))
    first, second = (shared + rng.normal(size=(seeds, rows)) for _ in range(2))
    return LeftOut.of_mean(1 + first), LeftOut.of_mean(below + second)


def test_over_rows_it_is_the_textbook_quadratic() -> None:
    """Fieller 1954 for a paired sample: the roots of (a - r b)^2 = t^2 Var(a - r b)."""
    rng = np.random.default_rng(3)
    b = rng.normal(2, 1, size=40)
    a = 0.5 * b + rng.normal(0, 0.7, size=40)
    found = fieller(LeftOut.of_mean(a[None]), LeftOut.of_mean(b[None]))
    t2, cov = stats.t.ppf(0.975, 39) ** 2, np.cov(a, b) / 40
    quadratic = [
        b.mean() ** 2 - t2 * cov[1, 1],
        -2 * (a.mean() * b.mean() - t2 * cov[0, 1]),
        a.mean() ** 2 - t2 * cov[0, 0],
    ]
    assert found is not None
    assert [found.lower, found.upper] == pytest.approx(sorted(np.roots(quadratic)))
    assert found.method == "Fieller, t over 40 rows; one seed"


@pytest.mark.parametrize("seeds", [1, 4])
def test_its_ends_are_the_ratios_that_are_just_not_excluded(seeds: int) -> None:
    above, below = pair(200, 3.0, seeds)
    found = fieller(above, below)
    assert found is not None
    for end in (found.lower, found.upper):
        assert end is not None
        left = jackknife(combine(lambda a, b: a - end * b, above, below))  # noqa: B023
        assert min(abs(left.lower or 1), abs(left.upper or 1)) < 1e-9


def test_far_from_zero_it_is_the_jackknife_of_the_ratio() -> None:
    above, below = pair(2000, 40.0)
    found, plain = fieller(above, below), jackknife(combine(np.divide, above, below))
    assert found is not None
    assert plain.lower is not None
    assert (found.lower, found.upper) == pytest.approx((plain.lower, plain.upper), rel=1e-3)


def test_where_the_lower_number_may_be_zero_there_is_none() -> None:
    assert fieller(*pair(30, 0.05)) is None
    assert fieller(*pair(30, 0.0)) is None


def test_what_never_varies_has_no_bounds() -> None:
    same = LeftOut.of_mean(np.random.default_rng(0).normal(2, 1, size=(3, 60)))
    found = fieller(same, same)
    assert found is not None
    assert (found.value, found.lower) == (1, None)


def test_a_gain_that_is_always_the_same_part_of_the_gap_has_no_bounds() -> None:
    """The quadratic of the variance has rounding left over: an interval of that width is a point."""
    below = LeftOut.of_mean(np.random.default_rng(0).normal(2, 1, size=(3, 60)))
    found = fieller(combine(lambda one: 0.37 * one, below), below)
    assert found is not None
    assert (found.value, found.lower) == (pytest.approx(0.37), None)
