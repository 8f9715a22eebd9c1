"""`auroc`: against scikit-learn, by hand, and undefined where there is nothing to rank."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import check_left_out, drawn, run
from sklearn.metrics import roc_auc_score
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.ops.auroc import auroc


def test_by_hand_with_a_tie(tmp_path: Path) -> None:
    """Pairs (right, wrong): .9 beats .4 and .6; .4 ties with .4 and loses to .6: 2.5 of 4."""
    metric = run(tmp_path, auroc, [0.9, 0.4, 0.4, 0.6], [1, 1, 0, 0])
    assert metric.value == pytest.approx(2.5 / 4)
    assert (metric.n, metric.facts["base_rate"]) == (4, 0.5)


def test_it_is_that_of_scikit_learn_with_each_row_left_out_too(tmp_path: Path) -> None:
    scores, truth = drawn(200)
    metric = run(tmp_path, auroc, scores, truth)
    assert metric.value == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)

    def again(row: int) -> float:
        return float(roc_auc_score(np.delete(truth, row), np.delete(scores, row)))

    check_left_out(metric, again)


def test_its_interval_is_about_that_of_the_theory(tmp_path: Path) -> None:
    """The variance of DeLong, DeLong & Clarke-Pearson 1988, from each row's share of pairs won."""
    scores, truth = drawn(400, seed=1)
    metric = run(tmp_path, auroc, scores, truth)
    won = scores[truth][:, None] - scores[~truth][None, :]
    psi = np.where(won > 0, 1.0, np.where(won == 0, 0.5, 0.0))
    of_right, of_wrong = psi.mean(1), psi.mean(0)
    variance = of_right.var(ddof=1) / len(of_right) + of_wrong.var(ddof=1) / len(of_wrong)
    assert metric.upper - metric.lower == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.1)
    assert metric.lower < metric.value < metric.upper


def test_the_seed_draws_the_resamples_and_nothing_else(tmp_path: Path) -> None:
    scores, truth = drawn(60)
    one, other = (run(tmp_path / str(s), auroc, scores, truth, seed=s) for s in (0, 1))
    assert one.value == other.value
    assert (one.lower, one.upper) != (other.lower, other.upper)


def test_one_class_of_gold_has_no_area(tmp_path: Path) -> None:
    metric = run(tmp_path, auroc, [0.9, 0.1], [1, 1])
    assert metric.value is metric.lower is None
    assert metric.reason == "one_gold_class_only"


def test_too_few_of_a_class_for_an_interval(tmp_path: Path) -> None:
    """With a single right row a third of the resamples have none."""
    metric = run(tmp_path, auroc, [0.9, 0.2, 0.1, 0.3], [1, 0, 0, 0])
    assert metric.value == 1.0
    assert metric.lower is metric.upper is None
    assert metric.facts["warnings"] == ["undefined_resamples"]


def test_other_labels_take_the_place_of_gold(tmp_path: Path) -> None:
    """What a classifier knows of another model is ranked by whether that one was right."""
    metric = run(tmp_path, auroc, [0.9, 0.4, 0.4, 0.6], [0, 0, 1, 1], [1, 1, 0, 0])
    assert metric.value == pytest.approx(2.5 / 4)
    assert metric.rows is not None
    assert metric.rows.column("gold").to_pylist() == [True, True, False, False]


def test_rows_that_the_yardstick_drops_are_not_measured(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    items = make_items([{"prompt": str(at)} for at in range(5)])
    scored = make_labels(bench, items, [0.9, 0.4, 0.4, 0.6, 0.99])
    gold = make_labels(bench, items, [1.0] * 5, kind="hard")
    right = make_labels(bench, items, [1, 1, 0, 0, None], keep=[True] * 4 + [False], kind="hard")
    metric = bench.run(auroc, scored, gold, right)
    assert (metric.value, metric.n) == (2.5 / 4, 4)
