"""`eoe`: by hand; it is confidence minus accuracy, so its sign says which way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import check_left_out, drawn, run

from w2sdl_runtime.ops.eoe import eoe


def test_by_hand(tmp_path: Path) -> None:
    """Row by row: .9 − 1, .8 − 0, 0 − .3, 1 − .5 (a tie is class 0)."""
    metric = run(tmp_path, eoe, [0.9, 0.8, 0.3, 0.5], [1, 0, 0, 1])
    assert metric.value == pytest.approx((-0.1 + 0.8 - 0.3 + 0.5) / 4)


def test_it_is_confidence_minus_accuracy(tmp_path: Path) -> None:
    scores, truth = drawn(300)
    metric = run(tmp_path, eoe, scores, truth)
    confidence = np.maximum(scores, 1 - scores)
    accuracy = (scores > 0.5) == truth
    assert metric.value == pytest.approx((confidence - accuracy).mean())
    assert metric.lower < metric.value < metric.upper
    check_left_out(metric, lambda row: np.delete(confidence - accuracy, row).mean())


def test_a_modest_model_is_below_zero(tmp_path: Path) -> None:
    metric = run(tmp_path, eoe, [0.6] * 10 + [0.4] * 10, [1] * 10 + [0] * 10)
    assert metric.value == pytest.approx(-0.4)
