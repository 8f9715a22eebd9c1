"""An interval and the test that goes with it say the same of every bound, at every level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from w2sdl_runtime.stats.estimates import Estimate, Mean, Ratio, Share, share_or_mean
from w2sdl_runtime.stats.leave_out import LeftOut, combine, jackknife
from w2sdl_runtime.stats.ratios import fieller
from w2sdl_runtime.stats.shares import wilson, wilson_above


def right(seeds: int, rows: int, *accuracies: float, draw: int = 0) -> list[LeftOut]:
    """Models that find the same rows hard."""
    rng = np.random.default_rng(draw)
    hard = rng.normal(size=rows)
    found = [
        (stats.norm.ppf(one) * 1.5 + hard + rng.normal(size=(seeds, rows)) > 0).astype(float)
        for one in accuracies
    ]
    return [LeftOut.of_mean(one) for one in found]


def recovered(seeds: int, rows: int = 300) -> Ratio:
    weak, student, ceiling = right(seeds, rows, 0.6, 0.7, 0.85)
    return Ratio(combine(np.subtract, student, weak), combine(np.subtract, ceiling, weak))


def estimates() -> list[Estimate]:
    several = [right(seeds, 300, 0.8)[0] for seeds in (1, 3, 10)]
    return [
        *(Mean(one) for one in several),
        *(share_or_mean(one, share=True) for one in several),
        share_or_mean(LeftOut.of_mean(np.ones((3, 40))), share=True),
        *(recovered(seeds) for seeds in (1, 3, 10)),
    ]


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("which", range(len(estimates())))
def test_p_is_below_one_minus_the_level_where_the_interval_excludes_the_bound(
    which: int, level: float
) -> None:
    """Breaks where a number is judged by another method than its interval is made by."""
    estimate = estimates()[which]
    found = estimate.interval(level)
    assert found.lower is not None
    assert found.upper is not None
    excluded = []
    for bound in (*np.linspace(-0.2, 1.3, 61), found.lower - 1e-6, found.lower + 1e-6):
        above = estimate.above(float(bound))
        assert above is not None
        excluded.append(not found.lower <= bound <= found.upper)
        assert (2 * min(above, 1 - above) < 1 - level) == excluded[-1]
    assert {True, False} == set(excluded)


def test_intervals_are_those_of_tables() -> None:
    ratio, (model,) = recovered(3), right(3, 300, 0.8)
    assert ratio.interval() == fieller(ratio.over, ratio.below)
    assert share_or_mean(model, share=True).interval() == jackknife(model, share=True)
    assert share_or_mean(model, share=False).interval() == jackknife(model)
    one = Share.of_rows(model, 300, "wilson").interval(0.9)
    expected = stats.binomtest(round(300 * model.full), 300).proportion_ci(0.9, method="wilson")
    assert one.value == model.full
    assert wilson(0.8, 300, level=0.9) == pytest.approx(
        tuple(stats.binomtest(240, 300).proportion_ci(0.9, method="wilson"))
    )
    assert (one.lower, one.upper) == pytest.approx((expected.low, expected.high), abs=2e-3)


def test_the_score_test_of_a_share_is_the_textbooks() -> None:
    """(0.57 - 0.5) / sqrt(0.25 / 200) = 1.98; a share of 1 rules out all others, and none itself."""
    assert wilson_above(0.57, 200, 0.5) == pytest.approx(stats.norm.sf(0.07 / np.sqrt(0.25 / 200)))
    assert wilson_above(0.57, 200, 0.5, 4) == pytest.approx(stats.t.sf(1.9799, 4), abs=1e-4)
    assert (wilson_above(0.57, 200, 0), wilson_above(0.57, 200, 1)) == (0, 1)
    assert wilson_above(1, 200, 1) == 0.5


def test_how_far_a_ratio_is_from_a_bound_is_in_its_own_unit() -> None:
    ratio = recovered(3)
    assert ratio.minus(0.2).full == pytest.approx(ratio.interval().value - 0.2)


def test_without_a_gap_there_is_a_number_and_no_interval() -> None:
    weak, student, ceiling = right(3, 60, 0.6, 0.61, 0.62)
    ratio = Ratio(combine(np.subtract, student, weak), combine(np.subtract, ceiling, weak))
    assert ratio.interval().lower is None
    assert ratio.interval().value == ratio.over.full / ratio.below.full
