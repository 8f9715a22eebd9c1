"""Trains a tiny language model on the spot, so that a gap can be studied without pretrained weights."""

from __future__ import annotations

from typing import Literal

from w2sdl_runtime.op import Context, Count, Positive, PrerequisiteError, Seed, op
from w2sdl_runtime.values import Corpus, Model


@op("pretrain", version=1)
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
    learning_rate: Positive = 5e-3,
    vocabulary: Count = 4096,
    context: Count = 256,
    seed: Seed = 0,
) -> Model:
    """Train a causal language model, and its tokenizer, on a corpus.

    One token a word, lower-cased; embeddings are tied; the feed-forward layer is twice the width.
    AdamW (0.9, 0.98), weight decay 0.01, gradient norm at most 1, 5 % warm-up, then a cosine to 5
    %. The result is an ordinary transformers folder.

    Args:
        ctx: the context.
        corpus: documents; each is read on its own, longer ones than ``context`` in pieces.
        architecture: configuration of Llama (rotary positions) or GPT-2 (learned positions).
        layers: transformer blocks.
        width: size of a hidden state; a multiple of ``2 * heads``.
        heads: attention heads.
        steps: optimiser steps.
        batch: documents a step.
        learning_rate: peak rate.
        vocabulary: the most tokens there may be; further words are read as unknown.
        context: the most tokens a document piece may have.
        seed: draws the weights and the order of the documents.

    Raises:
        PrerequisiteError: for an empty corpus, or a width that the heads don't divide.
    """
    from w2sdl_runtime.learning.pretraining import Shape, pretrain_network

    if width % (2 * heads):
        raise PrerequisiteError(
            f"width {width} can't be divided among {heads} heads of even size",
            f"use a multiple of {2 * heads}",
        )
    shape = Shape(architecture, layers, width, heads, context, vocabulary)
    return pretrain_network(ctx, corpus, shape, steps, batch, learning_rate)
