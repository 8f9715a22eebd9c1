"""Trains a tiny language model on the spot, so that a gap can be studied without downloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from w2sdl_runtime.op import Context, Count, Positive, Seed, op
from w2sdl_runtime.values import Corpus, Model


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    width, heads = values["width"], values["heads"]
    if width % (2 * heads) == 0:
        return None
    fact = f"width {width} can't be divided among {heads} heads of even size"
    return fact, f"use a multiple of {2 * heads}"


@op("pretrain", version=1, check=_check, environment=("torch",))
def pretrain(
    ctx: Context,
    corpus: Corpus,
    *,
    architecture: Literal["llama", "gpt2"] = "llama",
    layers: Count,
    width: Count,
    heads: Count = 2,
    steps: Count,
    batch: Count = 32,
    optimizer: Literal["muon", "adamw"] = "muon",
    learning_rate: Positive = 1.6e-2,
    vocabulary: Count = 4096,
    context: Count = 256,
    seed: Seed = 0,
) -> Model:
    """Train a causal language model, and its tokenizer, on a corpus.

    One token a word, lower-cased; embeddings are tied; the feed-forward layer is twice the width.
    Betas of AdamW 0.9 and 0.98, weight decay 0.01, gradient norm at most 1, 5 % warm-up, then a
    cosine to 5 % of the rate. The result is an ordinary transformers folder.

    Args:
        ctx: the context.
        corpus: documents; each is read on its own, longer ones than ``context`` in pieces.
        architecture: configuration of Llama (rotary positions) or GPT-2 (learned positions).
        layers: transformer blocks.
        width: size of a hidden state; a multiple of ``2 * heads``.
        heads: attention heads.
        steps: optimiser steps.
        batch: documents a step.
        optimizer: "muon" (Jordan et al. 2024) for the blocks' matrices and AdamW for the rest; it
            reaches the same loss in about half the steps of "adamw" for all.
        learning_rate: peak rate, of both.
        vocabulary: the most tokens there may be; further words are read as unknown.
        context: the most tokens a document piece may have.
        seed: draws the weights and the order of the documents.

    Raises:
        PrerequisiteError: for an empty corpus.
    """
    from w2sdl_runtime.learning.pretraining import Plan, Shape, pretrain_network

    shape = Shape(architecture, layers, width, heads, context, vocabulary)
    return pretrain_network(ctx, corpus, shape, Plan(steps, batch, learning_rate, optimizer))
