"""`retune`: the weights of a model stay, and what a finetuning moves is another part of them."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_world import Tiny

import w2sdl
from w2sdl.errors.graph import BadCombination
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.retune import retune
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora, Tune

SPEC = """experiment probing
data qa  = science_qa(parts: {supervise: 20, transfer: 20, validation: 20, test: 20})
weak   W = retune(pretrain(corpus(qa), layers: 1, width: 16, steps: 10), linear_probe())
strong S = retune(pretrain(corpus(qa), layers: 1, width: 32, steps: 10), linear_probe())
t = finetune(W, gold(qa.supervise), train: {preset: probe2023()})
s = Ψ(
  S, label(t, qa.transfer),
  train: {preset: probe2023()},
  stop:  agreeing(label(t, qa.validation)),
)
c = Ψ(S, gold(qa.transfer), train: {preset: probe2023()})
measure m = pgr(weak: t, student: s, ceiling: c) on qa.test
"""


@pytest.mark.parametrize(
    ("tune", "file"),
    [(LinearProbe(), "head.safetensors"), (Lora(rank=2), "adapter_model.safetensors")],
)
def test_other_weights_move(tiny: Tiny, tune: Tune, file: str) -> None:
    """Breaks where a model that is made in the run is always trained whole."""
    model = tiny.bench.run(retune, tiny.model, tune=tune)
    train = Train(epochs=2, batch=8)
    trained = tiny.bench.run(finetune, model, tiny.gold, head=Likelihood(), train=train, seed=0)
    kept = {path.name for path in trained.folder.glob("*.safetensors")}
    assert kept == {"head.safetensors", file}
    assert trained.facts["base"] == model.digest


def test_the_weights_are_the_same(tiny: Tiny) -> None:
    context = tiny.bench.context("test")
    frozen = tiny.bench.run(retune, tiny.model, tune=LinearProbe())
    asked = [
        predict(tiny.bench.run(zero_shot, model), tiny.test, context)
        for model in (tiny.model, frozen)
    ]
    assert np.array_equal(*asked)
    assert tiny.bench.run(retune, frozen, tune=Full()).digest == tiny.model.digest


def test_a_predictor_keeps_what_its_training_moved(tiny: Tiny) -> None:
    trained = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    with pytest.raises(PrerequisiteError, match="this is a predictor"):
        tiny.bench.run(retune, trained, tune=LinearProbe())


def test_it_compiles_for_models_alone() -> None:
    assert w2sdl.compile_text(SPEC).diagnostics == ()
    (found,) = w2sdl.compile_text(SPEC + "x = retune(t, full())\n").diagnostics
    assert isinstance(found, BadCombination)
    assert "what finetune() makes is trained" in found.reason
