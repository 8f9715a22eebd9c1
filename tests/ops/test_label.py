from __future__ import annotations

import numpy as np
import pytest
from workbench import make_labels

from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import LABEL_COLUMNS
from w2sdl_runtime.variants.heads.likelihood import Likelihood


@pytest.fixture(scope="module")
def student(tiny):
    return tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=0)


def test_labels_are_predictions_row_by_row(tiny, student):
    labels = tiny.bench.run(label, student, tiny.test)
    assert tuple(labels.table.column_names) == LABEL_COLUMNS
    assert labels.table.column("item_id").to_pylist() == tiny.test.column("item_id")
    assert (
        labels.table.column("value").to_pylist()
        == predict(student, tiny.test, tiny.bench.context("test")).tolist()
    )
    assert (labels.items, labels.label_kind, labels.origin) == (tiny.test.digest, "soft", "model")
    assert labels.table.column("weight").to_pylist() == [1.0] * 24
    assert all(labels.table.column("keep").to_pylist())


def test_hard_labels_are_cut_at_a_half(tiny, student):
    soft, hard = (
        tiny.bench.run(label, student, tiny.test, kind=kind).table.column("value").to_numpy()
        for kind in ("soft", "hard")
    )
    assert hard.tolist() == (soft > 0.5).astype(float).tolist()
    nearly = make_labels(tiny.bench, tiny.train, [0.46] * 52)
    train = Train(epochs=60, learning_rate=3e-3)
    unsure = tiny.bench.run(finetune, tiny.model, nearly, train=train, seed=0)
    below = tiny.bench.run(label, unsure, tiny.train, kind="hard").table.column("value")
    assert below.to_numpy().mean() < 0.1
    asked = tiny.bench.run(label, tiny.bench.run(zero_shot, tiny.model), tiny.test, kind="hard")
    assert asked.table.column("value").to_numpy().mean() == 0.5


def test_order_of_the_rows_changes_no_label(tiny, student):
    turned = tiny.bench.keep(type(tiny.test)(tiny.test.table.take(list(range(23, -1, -1)))))
    there, back = (
        tiny.bench.run(label, student, items).table.column("value").to_numpy()
        for items in (tiny.test, turned)
    )
    assert np.allclose(there, back[::-1], atol=1e-6)


def test_labels_can_be_learned_from(tiny, student):
    weak = tiny.bench.run(label, student, tiny.train)
    assert tiny.bench.run(finetune, tiny.model, weak, seed=0).facts["rows"]["used"] == 52
