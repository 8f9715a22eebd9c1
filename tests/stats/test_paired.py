"""Tests of pairs, against scipy and against p that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.paired import mcnemar, paired_permutation


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 5), (3, 9), (40, 61), (7, 7)])
def test_mcnemar_is_the_binomial_test_of_the_rows_that_differ(only_a: int, only_b: int) -> None:
    expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue
    assert mcnemar(only_a, only_b).p == pytest.approx(expected)
    assert mcnemar(only_b, only_a).p == pytest.approx(expected)


def test_mcnemar_by_hand() -> None:
    """Five rows, all won by one arm: 2 / 2**5."""
    assert mcnemar(5, 0).p == pytest.approx(2 / 32)


def test_mcnemar_of_arms_that_never_differ_is_undefined_and_says_so() -> None:
    found = mcnemar(0, 0)
    assert found.p is None
    assert found.reason == "the two are right on the same rows"
    with pytest.raises(ValueError, match="-1 rows"):
        mcnemar(-1, 3)


def test_flipping_signs_of_rights_and_wrongs_is_mcnemars_test() -> None:
    """Exactly where all flips are gone through, within its Monte-Carlo error where they are drawn."""
    few = np.array([1.0] * 7 + [-1.0] * 2 + [0.0] * 40)
    assert paired_permutation(few).p == pytest.approx(mcnemar(7, 2).p)
    many = np.array([1.0] * 40 + [-1.0] * 22 + [0.0] * 400)
    assert paired_permutation(many).p == pytest.approx(mcnemar(40, 22).p, abs=0.006)


def test_flipping_signs_is_that_of_scipy() -> None:
    differences = np.random.default_rng(0).normal(0.4, 1, size=11)
    expected = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    found = paired_permutation(differences, "seeds")
    assert found.p == pytest.approx(expected.pvalue)
    assert found.method == "sign flips of seeds, exact"


def test_three_seeds_can_never_be_significant_and_are_told_so() -> None:
    found = paired_permutation(np.array([0.1, 0.2, 0.3]), "seeds")
    assert found.p == pytest.approx(0.25)
    assert found.reason == "with 3 seeds p can't be below 0.25"
    assert paired_permutation(np.full(6, 0.1), "seeds").reason == ""


@pytest.mark.parametrize(
    ("differences", "reason"),
    [
        ([0.3], "one seed can't be told from chance"),
        ([0.0, 0.0, 0.0], "no pair differs"),
        ([0.1, np.nan, 0.2], "a difference is undefined"),
    ],
)
def test_undefined_flips_say_why(differences: list[float], reason: str) -> None:
    found = paired_permutation(np.array(differences), "seeds")
    assert (found.p, found.reason) == (None, reason)


def test_the_normal_limit_meets_the_draws() -> None:
    """At 20,000 pairs and one more the two ways must say the same."""
    rng = np.random.default_rng(5)
    differences = rng.normal(0, 1, size=20_001)
    differences += 0.01 - differences.mean()
    limit = paired_permutation(differences)
    assert limit.method.endswith("normal limit")
    drawn = paired_permutation(differences[:20_000], resamples=999)
    assert limit.p is not None
    assert drawn.p is not None
    assert limit.p == pytest.approx(0.157, abs=0.01)  # z = 0.01 * sqrt(20,001)
    assert drawn.p == pytest.approx(limit.p, abs=0.04)


def test_the_same_p_again() -> None:
    differences = np.random.default_rng(1).normal(0.1, 1, size=80)
    assert paired_permutation(differences) == paired_permutation(differences)
