"""`keep_rates`: precision and recall of what labels keep, by hand and by scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import drawn, run
from sklearn.metrics import precision_score, recall_score
from test_accuracy import labels
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.ops.keep_rates import keep_rates
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.values import Labels


def kept(values, keep) -> Labels:
    import pyarrow as pa

    whole = labels(values)
    table = whole.table.set_column(
        whole.table.column_names.index("keep"), "keep", pa.array(list(map(bool, keep)))
    )
    return Labels(table, whole.items, "soft", "model")


def test_by_hand(tmp_path: Path) -> None:
    told = kept([0.9, 0.8, 0.2, 0.4, 0.6], [1, 1, 0, 0, 1])
    metric = run(tmp_path, keep_rates, told, [1, 0, 0, 1, 1])  # right: rows 0, 2 and 4
    precision, recall, _ = metric.facts["parts"]
    assert metric.value == precision["value"] == pytest.approx(2 / 3)
    assert recall["value"] == pytest.approx(2 / 3)
    assert (precision["n"], recall["n"], metric.n) == (3, 3, 5)
    share = metric.facts["parts"][2]
    assert (share["name"], share["value"], share["n"]) == ("kept", 3 / 5, 5)


def test_it_is_that_of_scikit_learn(tmp_path: Path) -> None:
    scores, truth = drawn(120)
    keep = np.random.default_rng(5).random(120) < 0.4
    metric = run(tmp_path, keep_rates, kept(scores, keep), truth)
    right = (scores > 0.5) == truth
    precision, recall, _ = metric.facts["parts"]
    assert precision["value"] == pytest.approx(precision_score(right, keep))
    assert recall["value"] == pytest.approx(recall_score(right, keep))
    assert precision["lower"] < precision["value"] < precision["upper"]


def test_the_share_that_is_kept_over_several_is_the_mean_of_theirs(tmp_path: Path) -> None:
    """Reports form it from the rows again, whichever rows are kept."""
    told = kept([0.9, 0.8, 0.2, 0.4, 0.6], [1, 1, 0, 0, 1])
    metric = run(tmp_path, keep_rates, told, [1, 0, 0, 1, 1])
    sampled = metric_samples(metric, Samples.of([metric], 1), metric.facts["parts"][2])
    assert sampled[0] == pytest.approx(3 / 5)
    assert sorted(set(np.round(sampled[2:], 6))) == [0.5, 0.75]


def test_texts_are_right_where_they_are_gold(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    items = make_items([{"prompt": str(at)} for at in range(3)])
    said = {"kind": "text", "text": ["a", "b ", "c"], "keep": [True, True, False]}
    told = make_labels(bench, items, [None] * 3, **said)
    gold = make_labels(bench, items, [None] * 3, kind="text", text=["a", "b", "c"])
    metric = bench.run(keep_rates, told, gold)
    assert [part["value"] for part in metric.facts["parts"]] == [1.0, 2 / 3, 2 / 3]


def test_nothing_kept_and_nothing_right(tmp_path: Path) -> None:
    none_kept = run(tmp_path / "a", keep_rates, kept([0.9, 0.1], [0, 0]), [1, 0])
    assert none_kept.value is None
    assert none_kept.reason == "nothing_is_kept"
    assert none_kept.facts["parts"][1]["value"] == 0.0
    none_right = run(tmp_path / "b", keep_rates, kept([0.9, 0.1], [1, 1]), [0, 1])
    assert none_right.value == 0.0
    assert none_right.facts["parts"][1]["reason"] == "nothing_is_right"
