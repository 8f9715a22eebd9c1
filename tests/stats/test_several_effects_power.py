"""Corrected p, effect sizes and needed numbers, against published values and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.effects import cohens_h, standardised_difference
from w2sdl_runtime.stats.leave_out import LeftOut, Variances, jackknife, variances
from w2sdl_runtime.stats.paired import mcnemar
from w2sdl_runtime.stats.power import needed, rows_needed
from w2sdl_runtime.stats.several import holm


def test_holm_by_hand() -> None:
    """R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_leaves_undefined_ones_out_of_the_family() -> None:
    assert holm([0.02, None, 0.03]) == [pytest.approx(0.04), None, pytest.approx(0.04)]
    with pytest.raises(ValueError, match=r"p = 1\.2"):
        holm([1.2])


def test_holm_keeps_false_findings_rare() -> None:
    """Of 20 true null hypotheses one or more is found in about 5 % of families; uncorrected, 64 %."""
    rng = np.random.default_rng(0)
    families = rng.random((2000, 20))
    found = np.mean([min(p for p in holm(list(one)) if p is not None) < 0.05 for one in families])
    assert 0.035 < found < 0.065


def test_cohens_h_from_his_table() -> None:
    """Cohen 1988, table 6.2.2: phi(.90) = 2.498 and phi(.50) = 1.571."""
    assert cohens_h(0.9, 0.5) == pytest.approx(2.498 - 1.571, abs=0.001)
    assert cohens_h(0.5, 0.9) == -cohens_h(0.9, 0.5)
    with pytest.raises(ValueError, match="no share"):
        cohens_h(1.1, 0.5)


def test_the_standardised_difference_is_t_over_the_root_of_n() -> None:
    differences = np.random.default_rng(2).normal(0.3, 1, size=40)
    t = stats.ttest_1samp(differences, 0).statistic
    assert standardised_difference(differences).value == pytest.approx(t / np.sqrt(40))
    assert standardised_difference(np.ones(1)).reason.startswith("fewer than 2")
    assert standardised_difference(np.ones(5)).reason == "all pairs differ by the same"


def _detected(only_a: float, only_b: float, rows: int) -> float:
    """The share of simulated experiments that McNemar's exact test decides."""
    rng = np.random.default_rng(4)
    drawn = rng.multinomial(rows, [only_a, only_b, 1 - only_a - only_b], size=10_000)
    counts, times = np.unique(drawn[:, :2], axis=0, return_counts=True)
    ps = [mcnemar(a, b).p for a, b in counts.tolist()]
    decided = np.array([p is not None and p < 0.05 for p in ps])
    return float(times[decided].sum() / times.sum())


@pytest.mark.parametrize(
    ("only_a", "only_b", "rows"), [(30, 20, 500), (20, 10, 200), (10, 3, 100), (8, 1, 30)]
)
def test_needed_rows_give_mcnemars_exact_test_80_per_cent_power(
    only_a: int, only_b: int, rows: int
) -> None:
    """Breaks where the discreteness of an exact test of few rows is left out: 73 % for 8 against 1."""
    found = rows_needed(only_a, only_b, rows)
    assert found.rows is not None
    assert found.words == f"about {found.rows:,} rows"
    assert found.rows % 10 ** (len(str(found.rows)) - 2) == 0  # two digits
    assert 0.79 < _detected(only_a / rows, only_b / rows, found.rows) < 0.88
    assert _detected(only_a / rows, only_b / rows, found.rows // 2) < 0.6


@pytest.mark.parametrize(("effect", "pairs"), [(0.5, 34), (0.8, 15), (1.0, 10), (1.5, 6), (3.0, 4)])
def test_few_needed_seeds_are_those_of_the_noncentral_t(effect: float, pairs: int) -> None:
    """t(0.975) + t(0.8) standard errors fall short at few degrees of freedom: 77 % power at 2."""
    parts = Variances(seeds=1 / 3, rows=0.0, both=0.0, freedom_of=(2, 0, 0))
    assert needed(effect, parts, seeds=3, rows=1).seeds == pairs

    def power(count: int) -> float:
        bound, size = stats.t.ppf(0.975, count - 1), effect * np.sqrt(count)
        return float(stats.nct.sf(bound, count - 1, size))

    assert power(pairs - 1) < 0.8 <= power(pairs)


@pytest.mark.parametrize(
    ("seeds", "rows", "difference", "of_seed"),
    [(3, 200, 0.08, 0.03), (3, 400, 0.03, 0.0), (5, 600, 0.03, 0.03)],
)
def test_needed_rows_and_seeds_hold_in_simulations(
    seeds: int, rows: int, difference: float, of_seed: float
) -> None:
    """From the true parts of the variance, with rows that differ by 0.2 and noise of 0.4."""
    both = 0.4**2 / seeds / rows
    freedom = (seeds - 1, rows - 1, (seeds - 1) * 49)
    parts = Variances(of_seed**2 / seeds + both, 0.2**2 / rows + both, both, freedom)
    found = needed(difference, parts, seeds=seeds, rows=rows)
    rng = np.random.default_rng(0)
    for more_seeds, more_rows in ((found.seeds, rows), (seeds, found.rows)):
        if more_seeds is None or more_rows is None:
            continue
        decided = [
            jackknife(
                LeftOut.of_mean(
                    difference
                    + of_seed * rng.normal(size=(more_seeds, 1))
                    + 0.2 * rng.normal(size=(1, more_rows))
                    + 0.4 * rng.normal(size=(more_seeds, more_rows))
                )
            ).excludes_zero
            for _ in range(400)
        ]
        assert 0.74 < np.mean(decided) < 0.95


def test_needed_seeds_are_those_of_the_textbook() -> None:
    """Effect size 0.5, two-sided 0.05, power 0.8: 34 pairs (Cohen 1988, table 2.4.1 by n = 33.4)."""
    parts = Variances(seeds=1 / 3, rows=0.0, both=0.0, freedom_of=(2, 0, 0))
    found = needed(0.5, parts, seeds=3, rows=1)
    assert (found.rows, found.seeds) == (None, 34)
    assert found.words == "about 34 seeds"


def test_where_seeds_are_the_limit_no_number_of_rows_would_do() -> None:
    rng = np.random.default_rng(6)
    scores = rng.normal(0.1, 0.1, size=(3, 1)) + rng.normal(0, 0.3, size=(3, 400))
    parts = variances(LeftOut.of_mean(scores))
    assert parts is not None
    found = needed(0.05, parts, seeds=3, rows=400)
    assert found.rows is None
    assert found.seeds is not None
    assert found.seeds > 3
    assert found.words == (f"about {found.seeds} seeds; no number of rows would do with 3 seeds")


def test_where_rows_are_the_limit_seeds_would_not_help() -> None:
    rng = np.random.default_rng(6)
    scores = rng.normal(0.02, 0.5, size=(1, 300)) + rng.normal(0, 0.1, size=(4, 300))
    parts = variances(LeftOut.of_mean(scores))
    assert parts is not None
    found = needed(0.02, parts, seeds=4, rows=300)
    assert found.seeds is None
    assert found.rows is not None
    shared = rng.normal(0.02, 0.5, size=(400, 1, found.rows))
    noisy = shared + rng.normal(0, 0.1, size=(400, 4, found.rows))
    power = np.mean([jackknife(LeftOut.of_mean(one)).excludes_zero for one in noisy])
    assert power == pytest.approx(0.8, abs=0.06)


def test_more_rows_may_be_worse_and_an_answer_is_found_all_the_same() -> None:
    """With ever more rows only 3 seeds are left to judge by: no number but a middling one is enough."""
    seeds, rows, both = 4e-6, 1e-3, 0.0
    parts = Variances(seeds + both, rows + both, both, (2, 99, 98))
    found = needed(0.0098, parts, seeds=3, rows=100)
    assert found.rows is not None
    assert 1000 < found.rows < 1_000_000


def test_without_a_difference_nothing_is_needed() -> None:
    assert "no difference was seen" in rows_needed(5, 5, 100).words
    with pytest.raises(ValueError, match="can't differ"):
        rows_needed(60, 50, 100)
