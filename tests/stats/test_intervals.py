"""Intervals against scipy and against an analysis of variance; what is undefined."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.intervals import Interval, t_quantile
from w2sdl_runtime.stats.leave_out import GROUPS, LeftOut, jackknife, t_test, variances
from w2sdl_runtime.stats.shares import wilson


def test_percentiles_of_three_resampled_seeds_cover_two_thirds_and_t_covers_all_it_claims() -> None:
    """All 27 resamples of 3 normal numbers, 1,000 times."""
    drawn = np.random.default_rng(0).normal(size=(1000, 3))
    every = np.array(list(itertools.product(range(3), repeat=3)))
    ends = np.percentile(drawn[:, every].mean(axis=2), (2.5, 97.5), axis=1)
    assert np.mean((ends[0] <= 0) & (ends[1] >= 0)) == pytest.approx(0.67, abs=0.03)
    intervals = [jackknife(LeftOut.of_mean(one[:, None])) for one in drawn]
    held = [one.lower <= 0 <= one.upper for one in intervals if one.lower and one.upper]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_the_quantile_of_unbounded_freedom_is_the_normal_one() -> None:
    assert t_quantile(np.inf) == pytest.approx(stats.norm.ppf(0.975))
    assert t_quantile(2.5) == pytest.approx(stats.t.ppf(0.975, 2.5))


@pytest.mark.parametrize(("right", "rows"), [(930, 1000), (7, 8), (0, 40), (40, 40)])
def test_wilson_is_scipys(right: int, rows: int) -> None:
    expected = stats.binomtest(right, rows).proportion_ci(method="wilson")
    assert wilson(right / rows, rows) == pytest.approx((expected.low, expected.high))


def crossed(seeds: int, rows: int, spread: tuple[float, float, float], draw: int) -> np.ndarray:
    rng = np.random.default_rng(draw)
    of_seeds, of_rows, of_both = spread
    return (
        rng.normal(scale=of_seeds, size=(seeds, 1))
        + rng.normal(scale=of_rows, size=(1, rows))
        + rng.normal(scale=of_both, size=(seeds, rows))
    )


def test_the_parts_of_the_variance_are_those_of_a_two_way_analysis() -> None:
    """As many rows as groups, so the common part is the mean square of residuals exactly."""
    scores = crossed(4, GROUPS, (0.3, 0.5, 0.4), draw=1)
    seeds, rows = scores.shape
    residual = (
        scores - scores.mean(1, keepdims=True) - scores.mean(0, keepdims=True) + scores.mean()
    )
    of_both = (residual**2).sum() / ((seeds - 1) * (rows - 1)) / (seeds * rows)
    found = variances(LeftOut.of_mean(scores))
    assert found is not None
    assert found.seeds == pytest.approx(scores.mean(1).var(ddof=1) / seeds)
    assert found.rows == pytest.approx(scores.mean(0).var(ddof=1) / rows)
    assert found.both == pytest.approx(of_both)
    assert found.total == pytest.approx(found.seeds + found.rows - of_both)


def test_the_common_part_is_not_counted_twice() -> None:
    """Noise alone, 200 times: the mean variance is that of the mean, where counting twice doubles it."""
    found = [variances(LeftOut.of_mean(crossed(10, 200, (0, 0, 1), draw))) for draw in range(200)]
    once = np.mean([parts.total for parts in found if parts])
    twice = np.mean([parts.seeds + parts.rows for parts in found if parts])
    assert twice * 2000 == pytest.approx(2, abs=0.1)
    assert 1 < once * 2000 < 1.3  # parts below zero count as zero


def test_rows_of_different_seeds_that_are_no_pairs_count_once_too() -> None:
    """Each seed with 60 rows of its own: leaving out seeds sees these rows already."""
    seeds, rows = 6, 60
    totals, alone = [], []
    for draw in range(100):
        scores = crossed(seeds, rows, (0.1, 0, 1), draw)
        means = scores.mean(axis=1)
        left_rows = means.mean() - (scores - means[:, None]).ravel() / (rows - 1) / seeds
        groups = np.stack([np.delete(scores, slice(g, None, 50), 1).mean(1) for g in range(50)], 1)
        left_out = LeftOut(
            means.mean(),
            (means.sum() - means) / (seeds - 1),
            left_rows,
            groups.mean(axis=0),
            (groups.sum(axis=0) - groups) / (seeds - 1),
        )
        parts = variances(left_out)
        assert parts is not None
        totals.append(parts.total)
        alone.append(parts.seeds)
    assert np.mean(totals) == pytest.approx(np.mean(alone), rel=0.15)


def test_a_share_stays_between_0_and_1() -> None:
    scores = (np.random.default_rng(0).random((3, 400)) < 0.99).astype(float)
    scores[0, :20] = 0
    plain, share = (jackknife(LeftOut.of_mean(scores), share=share) for share in (False, True))
    assert plain.upper is not None
    assert share.upper is not None
    assert plain.upper > 1 > share.upper
    assert share.method == "Wilson, t over 3 seeds and 400 rows"


def test_a_share_of_one_seed_is_nearly_wilsons_of_its_rows() -> None:
    scores = (np.arange(500) < 430).astype(float)[None, :]
    found = jackknife(LeftOut.of_mean(scores), share=True)
    assert (found.lower, found.upper) == pytest.approx(wilson(0.86, 500), abs=3e-4)


def test_all_right_in_every_seed_still_has_an_interval() -> None:
    found = jackknife(LeftOut.of_mean(np.ones((3, 200))), share=True)
    assert (found.lower, found.upper) == pytest.approx(wilson(1, 200))
    assert jackknife(LeftOut.of_mean(np.ones((3, 1))), share=True) == Interval(1.0)


def test_the_undefined_has_no_interval_and_no_p() -> None:
    holes = LeftOut(0.5, np.empty(0), np.array([0.4, np.nan, 0.6]))
    assert jackknife(holes) == Interval(0.5)
    assert t_test(holes).reason == "nothing says how far chance would reach"
    assert jackknife(LeftOut.of_mean(np.array([[0.7]]))) == Interval(0.7)
    assert t_test(LeftOut.of_mean(np.full((3, 9), 0.2))).p is None


def test_p_and_interval_agree() -> None:
    """The p of a difference is 0.05 where its interval ends at zero."""
    scores = crossed(5, 300, (0.1, 0.5, 0.5), draw=3)
    upper = jackknife(LeftOut.of_mean(scores)).upper
    assert upper is not None
    assert t_test(LeftOut.of_mean(scores - upper)).p == pytest.approx(0.05)


def test_over_rows_alone_p_is_the_t_test() -> None:
    scores = np.random.default_rng(3).normal(0.1, 1, size=(1, 80))
    assert t_test(LeftOut.of_mean(scores)).p == pytest.approx(
        stats.ttest_1samp(scores[0], 0).pvalue
    )
