"""The feature judge: a logistic regression on what a debate shows."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_world import accuracy, both_parts

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.losses.logconf import Logconf
from w2sdl_runtime.variants.protocols.unargued import Nothing


def test_quotes_help_the_feature_judge(tiny):
    """A passage tells the answer: with quotes the judge must be better than without."""
    both = tiny.bench.keep(type(tiny.train)(both_parts(tiny)))
    blind = tiny.bench.run(debate, tiny.model, tiny.model, both, protocol=Nothing(), seed=0)
    told = tiny.bench.run(debate, tiny.model, tiny.model, both, seed=0)
    judges = [
        tiny.bench.run(finetune, tiny.model, tiny.gold, context=said, head=Features(), seed=0)
        for said in (blind, told)
    ]
    assert accuracy(tiny, judges[0]) > 0.75
    assert accuracy(tiny, judges[1]) == 1.0
    assert judges[0].facts["state"]["weights"][1] > 0.5, "the margin of the language model counts"
    assert all(len(judge.facts["state"]["weights"]) == 9 for judge in judges)
    assert all(
        judge.folder is not None and not list(judge.folder.glob("*.safetensors"))
        for judge in judges
    )


def test_no_context_and_no_evidence_are_the_same_judge(tiny):
    blind = tiny.bench.run(debate, tiny.model, tiny.model, tiny.train, protocol=Nothing(), seed=0)
    none = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Features(), seed=0)
    empty = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Features(), context=blind, seed=0)
    assert none.facts["state"] == empty.facts["state"]


@pytest.mark.parametrize("named", [{"loss": Logconf()}, {"train": Train(epochs=12)}])
def test_the_feature_judge_takes_nothing_that_it_ignores(tiny, named):
    with pytest.raises(PrerequisiteError, match="has no use for"):
        tiny.bench.run(finetune, tiny.model, tiny.gold, head=Features(), seed=0, **named)


def test_a_judge_can_not_be_trained_on(tiny):
    judge = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Features(), seed=0)
    with pytest.raises(PrerequisiteError, match="no network to continue from"):
        tiny.bench.run(finetune, judge, tiny.gold, seed=0)


def test_logistic_matches_a_known_library():
    linear_model = pytest.importorskip("sklearn.linear_model")
    from w2sdl_runtime.learning.features import fit_logistic

    generator = np.random.default_rng(0)
    table = generator.normal(size=(300, 4))
    target = (table @ [1, -2, 0.5, 0] + generator.normal(size=300) > 0.3).astype(float)
    weight = generator.uniform(0.5, 2, 300)
    known = linear_model.LogisticRegression(C=1 / 3.0, tol=1e-10, max_iter=1000)
    known.fit(table, target, sample_weight=weight)
    ours = fit_logistic(table, target, weight, 3.0)
    assert ours == pytest.approx([*known.intercept_, *known.coef_[0]], abs=1e-5)
