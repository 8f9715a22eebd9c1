"""`balanced_accuracy`: against scikit-learn, and one half for whoever names one class only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import check_left_out, drawn, run
from sklearn.metrics import balanced_accuracy_score

from w2sdl_runtime.ops.balanced_accuracy import balanced_accuracy


def test_it_is_that_of_scikit_learn_with_each_row_left_out_too(tmp_path: Path) -> None:
    scores, truth = drawn(150)
    metric = run(tmp_path, balanced_accuracy, scores, truth)
    label = scores > 0.5
    assert metric.value == pytest.approx(balanced_accuracy_score(truth, label), abs=1e-12)

    def again(row: int) -> float:
        return float(balanced_accuracy_score(np.delete(truth, row), np.delete(label, row)))

    check_left_out(metric, again)
    assert metric.lower < metric.value < metric.upper


def test_naming_the_larger_class_is_worth_nothing(tmp_path: Path) -> None:
    metric = run(tmp_path, balanced_accuracy, [0.1] * 8, [1, 1, 0, 0, 0, 0, 0, 0])
    assert metric.value == 0.5
    assert metric.facts["majority"] == 0.75


def test_one_class_of_gold_has_no_second_recall(tmp_path: Path) -> None:
    metric = run(tmp_path, balanced_accuracy, [0.9, 0.1], [0, 0])
    assert metric.value is None
    assert metric.reason == "one_gold_class_only"
