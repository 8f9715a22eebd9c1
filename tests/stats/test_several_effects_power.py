"""Corrected p, effect sizes and needed numbers, against published values and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.effects import cohens_h, standardised_difference
from w2sdl_runtime.stats.leave_out import LeftOut, Variances, jackknife, variances
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
    """The share of simulated experiments whose paired interval excludes zero."""
    rng = np.random.default_rng(4)
    chances = [only_a, only_b, 1 - only_a - only_b]
    a, b, _ = rng.multinomial(rows, chances, size=4000).T
    d = (a - b) / rows
    se = np.sqrt(((a + b) / rows - d**2) / rows)
    return float(np.mean(np.abs(d) > 1.96 * se))


def test_needed_rows_give_80_per_cent_power() -> None:
    found = rows_needed(30, 20, 500)  # shares .06 and .04
    assert found.rows is not None
    assert found.words == f"about {found.rows:,} rows"
    assert found.rows % 10 ** (len(str(found.rows)) - 2) == 0  # two digits
    assert _detected(0.06, 0.04, found.rows) == pytest.approx(0.8, abs=0.02)
    assert _detected(0.06, 0.04, found.rows // 2) < 0.6


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
