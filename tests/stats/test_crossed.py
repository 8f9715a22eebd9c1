from __future__ import annotations

import numpy as np
import pytest

from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, combine, jackknife, t_test, without_each


def mean_interval(scores: np.ndarray, *, share: bool = False) -> Interval:
    return jackknife(LeftOut.of_mean(scores), share=share)


def test_over_seeds_alone_it_is_students_t() -> None:
    # mean 5, s = 1, n = 4: t(3, 0.975) = 3.18245, half width 3.18245 * 0.91287 / 2
    found = mean_interval(np.array([[4.0], [5.0], [5.0], [6.0]]))
    half = 3.1824463 * np.std([4, 5, 5, 6], ddof=1) / 2
    assert found.value == 5
    assert (found.lower, found.upper) == pytest.approx((5 - half, 5 + half))
    assert found.method == "t over 4 seeds"


def test_one_number_has_no_interval() -> None:
    assert mean_interval(np.array([[0.7]])) == Interval(0.7)


def test_over_rows_alone_it_is_students_t_too() -> None:
    scores = np.random.default_rng(0).random((1, 50))
    found = mean_interval(scores)
    half = 2.0095752 * scores.std(ddof=1) / np.sqrt(50)  # t(49, 0.975)
    assert found.upper == pytest.approx(scores.mean() + half)
    assert "one seed" in found.method


def test_rows_and_seeds_add_up_less_what_both_see_with_satterthwaites_degrees_of_freedom() -> None:
    from scipy.stats import t

    hard = np.random.default_rng(2).random((1, 40))
    scores = np.random.default_rng(1).random((3, 40)) + hard + np.array([[0.0], [0.1], [0.3]])
    of_seeds = scores.mean(axis=1).var(ddof=1) / 3
    of_rows = scores.mean(axis=0).var(ddof=1) / 40
    rest = scores - scores.mean(1, keepdims=True) - scores.mean(0) + scores.mean()
    of_both = (rest**2).sum() / (2 * 39) / (3 * 40)
    total = of_seeds + of_rows - of_both
    freedom = total**2 / (of_seeds**2 / 2 + of_rows**2 / 39 + of_both**2 / (2 * 39))
    half = t.ppf(0.975, freedom) * np.sqrt(total)
    found = mean_interval(scores)
    assert (found.lower, found.upper) == pytest.approx((scores.mean() - half, scores.mean() + half))


def test_intervals_cover_what_they_claim_with_three_seeds() -> None:
    """Crossed effects of seeds and rows; a bootstrap over three seeds would cover far less."""
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        seeds, rows = rng.normal(scale=0.05, size=(3, 1)), rng.normal(scale=0.4, size=(1, 60))
        found = mean_interval(seeds + rows + rng.normal(scale=0.3, size=(3, 60)))
        assert found.lower is not None
        assert found.upper is not None
        covered += found.lower <= 0 <= found.upper
    assert 0.93 <= covered / 400 <= 0.99


def test_pairing_takes_out_what_both_share() -> None:
    rng = np.random.default_rng(3)
    hard = rng.normal(size=(1, 200))
    first, second = (hard + rng.normal(scale=0.1, size=(3, 200)) + shift for shift in (0.1, 0.0))
    paired = mean_interval(first - second)
    assert paired.excludes_zero
    alone = mean_interval(first)
    assert alone.lower is not None
    assert alone.lower < mean_interval(second).value


def test_what_an_undefined_sample_does() -> None:
    holes = LeftOut(0.5, np.empty(0), np.array([0.4, np.nan, 0.6]))
    assert jackknife(holes) == Interval(0.5)


def test_leaving_out_each_row_of_a_subset() -> None:
    left = without_each(np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0]))
    assert left.tolist() == [0.0, 1.0, 0.5]
    assert np.isnan(without_each(np.array([1.0]), np.array([1.0]))[0])


def test_shares_stay_between_0_and_1() -> None:
    scores = np.ones((3, 60))
    scores[0, :6] = 0  # 10 % of a seed: the plain interval would reach 1.05
    found = mean_interval(scores, share=True)
    assert found.lower is not None
    assert found.upper is not None
    assert 0.5 < found.lower < found.value < found.upper < 1
    assert mean_interval(np.array([[0.5]]), share=True) == Interval(0.5)


@pytest.mark.parametrize(
    ("bounds", "excludes"),
    [((0.1, 0.2), True), ((-0.2, -0.1), True), ((-0.1, 0.2), False), ((None, None), False)],
)
def test_excluding_zero(bounds: tuple[float | None, float | None], excludes: bool) -> None:
    assert Interval(0.1, *bounds).excludes_zero is excludes


def test_two_seeds_that_are_alike_by_chance_are_no_certainty() -> None:
    """As many right in both, on different rows: seeds vary by nothing, and rows by as much as ever."""
    scores = np.ones((2, 200))
    scores[0, :20] = scores[1, 20:40] = 0
    found = mean_interval(scores, share=True)
    assert found.lower is not None
    assert found.upper is not None
    independent = 1.96 * np.sqrt(0.9 * 0.1 / 400)  # of 400 rows that have nothing in common
    assert independent / 2 < (found.upper - found.lower) / 2 < 1.5 * independent


@pytest.mark.parametrize("score", [0.7, 1 / 3])
@pytest.mark.parametrize("share", [False, True])
def test_the_rounding_of_equal_numbers_is_no_variance(score: float, share: bool) -> None:
    """Sums of 0.7 stray in their last bits: an interval of that width would claim certainty."""
    found = mean_interval(np.full((3, 97), score), share=share)
    assert (found.value, found.lower, found.upper) == (pytest.approx(score), None, None)
    assert t_test(LeftOut.of_mean(np.full((3, 97), score))).p is None


def test_seeds_that_all_differ_by_the_same_have_no_p() -> None:
    """0.8 - 0.7 and 0.9 - 0.8 differ in the last bit, which is no evidence of anything."""
    none = np.empty((3, 0))
    one, two = (
        LeftOut.of_seeds(np.array(values), None, none, 0)
        for values in ([0.8, 0.9, 0.95], [0.7, 0.8, 0.85])
    )
    apart = combine(np.subtract, one, two)
    assert jackknife(apart).lower is None
    assert t_test(apart).p is None


def test_one_row_in_many_that_differs_still_counts() -> None:
    scores = np.zeros((2, 100_000))
    scores[:, 7] = 1
    found = mean_interval(scores)
    assert found.upper is not None
    assert found.upper > found.value
