from __future__ import annotations

import numpy as np
import pytest
from workbench import make_items

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.heads.likelihood import Likelihood


def test_a_model_is_asked_without_labels(tiny):
    asked = tiny.bench.run(zero_shot, tiny.model)
    value = predict(asked, tiny.test, tiny.bench.context("test"))
    assert np.mean((value > 0.5) == (np.array(tiny.truth) > 0.5)) > 0.75
    assert np.mean(value > 0.5) == pytest.approx(0.5)
    assert (asked.folder is None) or not list(asked.folder.glob("*.safetensors"))


def test_it_is_where_the_likelihood_head_starts(tiny):
    from w2sdl_runtime.train import Train

    still = Train(epochs=1, batch=1000, learning_rate=1e-12)
    start = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), train=still, seed=0)
    context = tiny.bench.context("test")
    asked = predict(tiny.bench.run(zero_shot, tiny.model), tiny.train, context)
    assert predict(start, tiny.train, context) == pytest.approx(asked, abs=1e-4)


def test_the_rows_scored_together_set_the_cut(tiny):
    """As documented: the median of the rows given."""
    asked, context = tiny.bench.run(zero_shot, tiny.model), tiny.bench.context("test")
    wrong = tiny.bench.keep(type(tiny.test)(tiny.test.table.take(list(range(1, 24, 2)))))
    assert np.mean(predict(asked, tiny.test, context)[1::2] > 0.5) < 0.4
    assert np.mean(predict(asked, wrong, context) > 0.5) == pytest.approx(0.5)


def test_an_encoder_can_not_be_asked(bench):
    encoder = bench.keep(
        Model({"source": "folder", "name": "e", "reader": "encoder", "tune": {"variant": "full"}})
    )
    with pytest.raises(PrerequisiteError, match="no output over the vocabulary"):
        bench.run(zero_shot, encoder)


def test_a_combination_can_not_be_asked(tiny):
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    with pytest.raises(PrerequisiteError, match="one causal language model"):
        tiny.bench.run(zero_shot, tiny.bench.run(ensemble, [student]))


def test_rows_without_candidate_can_not_be_scored(tiny):
    items = tiny.bench.keep(
        make_items([{"prompt": "the lion"}, {"prompt": "the", "candidate": "wolf"}], "bare")
    )
    with pytest.raises(PrerequisiteError, match="1 of 2 rows have no candidate"):
        predict(tiny.bench.run(zero_shot, tiny.model), items, tiny.bench.context("test"))
