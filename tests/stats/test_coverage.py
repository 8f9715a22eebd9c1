"""Intervals hold the truth as often as they claim: scenarios of `benchmarks/coverage.py`, fixed seeds."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.coverage import Scenario, auroc_covered, covered, exact_rows, scenarios
from w2sdl_runtime.stats.simulated import COVERAGE, ENOUGH, SIMULATIONS, covers

SHARE, DIFFERENCE = (0.7,), (0.75, 0.7)
RATIO = (0.6, 0.7, 0.8)


@pytest.mark.parametrize("rows", [50, 200, 2000])
@pytest.mark.parametrize("accuracy", [0.5, 0.7, 0.95])
def test_over_rows(rows: int, accuracy: float) -> None:
    """Exactly, by summing over outcomes; p ± 1.96 se would have 39 % at 50 rows and .99."""
    assert 0.93 <= exact_rows(rows, accuracy) <= 0.972


@pytest.mark.parametrize(
    ("scenario", "lowest", "highest"),
    [
        (Scenario("share", 10, 200, 0.03, SHARE), 0.93, 0.975),
        (Scenario("share", 10, 200, 0.0, (0.93,)), 0.925, 0.97),
        (Scenario("difference", 10, 200, 0.0, DIFFERENCE), 0.935, 0.98),
        (Scenario("difference", 10, 200, 0.06, DIFFERENCE), 0.925, 0.97),
        (Scenario("ratio", 10, 200, 0.02, RATIO), 0.93, 0.98),
        (Scenario("share", 3, 200, 0.06, SHARE), 0.88, 0.96),
    ],
    ids=lambda one: f"{one.kind}-{one.seeds}-{one.sd}" if isinstance(one, Scenario) else "",
)
def test_over_seeds_and_rows(scenario: Scenario, lowest: float, highest: float) -> None:
    """600 experiments; the bounds are about two Monte-Carlo errors (0.9 points) around what 2,000 gave.

    Variances of seeds and rows added up would cover 99 % of differences where 10 seeds don't differ.
    """
    share, given = covered(scenario, 600)
    assert given > 0.9
    assert lowest <= share <= highest


def test_bca_covers_what_percentiles_miss() -> None:
    """AUROC .92 of 50 rows."""
    corrected, percentile = auroc_covered(50, 2.0, 150, resamples=300)
    assert corrected >= 0.89
    assert corrected >= percentile - 0.02


@pytest.mark.slow
@pytest.mark.parametrize("several", [pytest.param(one, id=head) for head, one in scenarios()])
def test_every_scenario_of_ten_seeds_and_more(several: list[Scenario]) -> None:
    """The claim itself, with three Monte-Carlo errors of 1,000 experiments around 93 to 97 %."""
    for scenario in several:
        share, given = covered(scenario, 1000, seed=1)
        if scenario.seeds >= ENOUGH and given > 0.5:
            assert 0.91 <= share <= 0.99, scenario


def test_what_few_seeds_cover_is_told() -> None:
    assert set(COVERAGE) >= {3, 5, 10}
    assert all(0.8 < lowest < highest < 1 for lowest, highest in COVERAGE.values())
    assert covers(3).startswith("In simulations, 95 % intervals over 3 seeds held the truth in")
    assert "over 3 and more seeds" in covers(4)
    assert covers(1) == covers(10) == ""
    for seeds in (10, 20):
        lowest, highest = COVERAGE[seeds]
        assert 0.93 <= lowest < highest <= 0.97
        assert np.isclose(lowest, round(lowest, 3))


def test_the_table_of_the_page_is_the_one_that_reports_rest_on() -> None:
    """Breaks where only one of the two is of the last run of the simulations."""
    text = (Path(__file__).parents[2] / "docs/statistics.md").read_text("utf-8")
    lines = text.split("<!-- seeds -->\n")[1].split("\n<!-- end -->")[0].splitlines()
    head, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    for seeds, (lowest, highest) in COVERAGE.items():
        cells = [row[head.index(str(seeds))] for row in body[1:]]
        found = [re.fullmatch(r"([\d.]+)(?: \((\d+)\))?", cell) for cell in cells]
        told = [float(one[1]) for one in found if one and int(one[2] or 100) >= 50]
        assert min(told) == pytest.approx(100 * lowest, abs=0.11)
        assert max(told) == pytest.approx(100 * highest, abs=0.11)
    assert f"{SIMULATIONS:,} experiments a cell" in text
