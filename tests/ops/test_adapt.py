"""`adapt`: a model reads on, and what it reads it knows; nothing else of it changes."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_world import ANIMALS, PLACES

from w2sdl_runtime.learning.adapting import _next_token_loss, _pieces
from w2sdl_runtime.learning.batching import collate
from w2sdl_runtime.learning.likelihood import candidate_scores
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.adapt import Continuation, adapt
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.values import Corpus, Model
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.tunes import Lora

HARD = Continuation(epochs=10, batch=8, learning_rate=3e-3)


def news():
    """The animals have moved on by one place."""
    moved = [(a, PLACES[(n + 1) % 4]) for n, a in enumerate(ANIMALS)]
    return Corpus([f"Question: where does the {a} live? Answer: {p}" for a, p in moved], "news")


def test_it_learns_what_it_reads(tiny):
    news_at_hand = tiny.bench.keep(news())
    adapted = tiny.bench.run(adapt, tiny.model, news_at_hand, train=HARD, seed=0)
    context = tiny.bench.context("test")

    def likes_right(model):
        score = candidate_scores(model, tiny.test, "candidate", context)
        return (score[np.array(tiny.truth) == 1] > score[np.array(tiny.truth) == 0]).mean()

    assert likes_right(tiny.model) > 0.8
    assert likes_right(adapted) < 0.5
    losses = [facts["loss"] for *_, unit, facts in tiny.bench.reports if unit == "steps"]
    assert losses[-1] < 0.8


def test_the_result_is_a_model_like_any_other(tiny):
    adapted = tiny.bench.run(adapt, tiny.model, tiny.bench.keep(news()), seed=0)
    assert type(adapted) is Model
    for fact in ("tune", "dtype", "reader", "architecture", "parameters"):
        assert adapted.facts[fact] == tiny.model.facts[fact]
    assert adapted.facts["steps"] == 2
    context = tiny.bench.context("test")
    assert open_network(adapted, context).words == open_network(tiny.model, context).words
    assert tiny.bench.run(finetune, adapted, tiny.gold, seed=0).facts["base"] == adapted.digest


def test_it_leaves_its_input_alone_and_a_seed_decides(tiny):
    corpus = tiny.bench.keep(news())
    before = open_network(tiny.model, tiny.bench.context("test")).weights()[0].clone()
    one = tiny.bench.run(adapt, tiny.model, corpus, seed=0)
    after = open_network(tiny.model, tiny.bench.context("test")).weights()[0]
    assert bool((before == after).all())
    assert tiny.bench.run(adapt, tiny.model, corpus, seed=0).digest == one.digest
    assert tiny.bench.run(adapt, tiny.model, corpus, seed=1).digest != one.digest


def test_it_reads_in_pieces(tiny):
    long = tiny.bench.keep(Corpus([" ".join(news().documents)], "one"))
    short = Continuation(max_length=16, batch=1)
    adapted = tiny.bench.run(adapt, tiny.model, long, train=short, seed=0)
    tokens = adapted.facts["tokens"]
    assert adapted.facts["steps"] == -(-tokens // 16)


def test_a_predictor_goes_on_without_its_head(tiny):
    asked = tiny.bench.run(zero_shot, tiny.model)
    corpus = tiny.bench.keep(news())
    same = tiny.bench.run(adapt, tiny.model, corpus, seed=0)
    adapted = tiny.bench.run(adapt, asked, corpus, seed=0)
    weights = [open_network(m, tiny.bench.context("t")).weights() for m in (same, adapted)]
    assert all(bool((a == b).all()) for a, b in zip(*weights, strict=True))
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Linear(), seed=0)
    assert "head" not in tiny.bench.run(adapt, student, corpus, seed=0).facts


def test_refusals(tiny):
    with pytest.raises(PrerequisiteError, match="the corpus is empty"):
        tiny.bench.run(adapt, tiny.model, tiny.bench.keep(Corpus([" "], "x")), seed=0)
    lora = tiny.bench.keep(
        Model(
            {**tiny.model.facts, "tune": Lora().model_dump() | {"variant": "lora"}},
            tiny.model.folder,
        )
    )
    held = tiny.bench.run(finetune, lora, tiny.gold, seed=0)
    with pytest.raises(PrerequisiteError, match="holds adapters"):
        tiny.bench.run(adapt, held, tiny.bench.keep(news()), seed=0)


def test_padding_is_no_text(tiny):
    """The loss of a padded batch is the mean over its real tokens, row by row."""
    import torch

    network = open_network(tiny.model, tiny.bench.context("test"))
    rows = _pieces(network, Corpus(["The fox lives.", news().documents[0]], "x"), 256)
    with torch.no_grad():
        both = _next_token_loss(network.module, collate(rows, np.array([0, 1]), "cpu"))
        alone = [
            float(_next_token_loss(network.module, collate(rows, np.array([at]), "cpu")))
            for at in (0, 1)
        ]
    tokens = rows.lengths - 1  # nothing predicts the first one
    assert tokens[0] != tokens[1]
    assert float(both) == pytest.approx(float((tokens * alone).sum() / tokens.sum()), abs=1e-5)
