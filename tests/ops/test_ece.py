"""`ece`: the sweep by hand, against a plain reading of the algorithm, and on calibrated numbers."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from measured import drawn, run

from w2sdl_runtime.measuring.confidence import sweep
from w2sdl_runtime.ops.ece import ece


def plain(scores: np.ndarray, truth: np.ndarray) -> tuple[float, int]:
    """Algorithm 1 of Roelofs et al. 2020, word for word."""
    order = np.argsort(scores, kind="stable")
    scores, truth = scores[order], truth[order].astype(float)
    best = 1
    for bins in range(2, len(scores) + 1):
        heights = [part.mean() for part in np.array_split(truth, bins)]
        if any(b < a for a, b in itertools.pairwise(heights)):
            break
        best = bins
    parts = zip(np.array_split(scores, best), np.array_split(truth, best), strict=True)
    squares = [len(s) / len(scores) * (s.mean() - t.mean()) ** 2 for s, t in parts]
    return float(np.sqrt(sum(squares))), best


def test_by_hand(tmp_path: Path) -> None:
    """Labels 0, 1, 1, 1 never fall in any cut, so there are four bins: errors .2, .6, .4, .2."""
    metric = run(tmp_path, ece, [0.2, 0.4, 0.6, 0.8], [0, 1, 1, 1])
    assert metric.facts["bins"] == 4
    assert metric.facts["better"] == "lower"  # as `compare` says which arm is better
    assert metric.value == pytest.approx(np.sqrt((0.04 + 0.36 + 0.16 + 0.04) / 4))


def test_a_fall_ends_the_sweep(tmp_path: Path) -> None:
    """Labels 0, 1, 0, 1: two bins are level (.5, .5), three (.5, 0, 1) fall."""
    metric = run(tmp_path, ece, [0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1])
    assert metric.facts["bins"] == 2
    assert metric.value == pytest.approx(0.2)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_a_plain_reading_of_the_algorithm(seed: int) -> None:
    scores, truth = drawn(157, seed, signal=0.5 * seed)
    order = np.argsort(scores, kind="stable")
    assert sweep(scores[order], truth[order].astype(float)) == pytest.approx(plain(scores, truth))


def test_calibrated_numbers_are_near_zero_and_overconfident_ones_are_not(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    chance = generator.random(2000)
    truth = generator.random(2000) < chance
    calibrated = run(tmp_path / "a", ece, chance, truth, resamples=50)
    sharpened = np.clip(chance + 0.3 * np.sign(chance - 0.5), 0, 1)
    overconfident = run(tmp_path / "b", ece, sharpened, truth, resamples=50)
    assert calibrated.value < 0.03
    assert 0.15 < overconfident.value < 0.3
    assert overconfident.lower < overconfident.value < overconfident.upper
