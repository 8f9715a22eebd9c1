"""`f1`: against scikit-learn in both averages, also where a class is never named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import check_left_out, drawn, run
from sklearn.metrics import f1_score

from w2sdl_runtime.ops.f1 import f1


@pytest.mark.parametrize("average", ["weighted", "binary"])
def test_it_is_that_of_scikit_learn_with_each_row_left_out_too(
    tmp_path: Path, average: str
) -> None:
    scores, truth = drawn(150)
    metric = run(tmp_path, f1, scores, truth, average=average)
    label = scores > 0.5
    assert metric.value == pytest.approx(f1_score(truth, label, average=average), abs=1e-12)

    def again(row: int) -> float:
        told, true = np.delete(label, row), np.delete(truth, row)
        return float(f1_score(true, told, average=average))

    check_left_out(metric, again)
    assert metric.facts["average"] == average


@pytest.mark.parametrize("average", ["weighted", "binary"])
def test_a_class_that_is_never_named(tmp_path: Path, average: str) -> None:
    truth = [1, 1, 0, 0, 0]
    metric = run(tmp_path, f1, [0.1] * 5, truth, average=average)
    wanted = f1_score(truth, [0] * 5, average=average, zero_division=0)
    assert metric.value == pytest.approx(wanted)
