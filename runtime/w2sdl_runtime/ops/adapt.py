"""Continues a model's pretraining on a corpus: the generative step before a finetuning."""

from __future__ import annotations

from pydantic import Field

from w2sdl_runtime.arguments import needs_network
from w2sdl_runtime.op import Context, Count, NonNegative, Positive, Record, Seed, op
from w2sdl_runtime.values import Corpus, Model
from w2sdl_runtime.variants.schedules import Linear, Schedule


class Continuation(Record):
    """Settings of a continued pretraining: AdamW on all weights, without dropout."""

    epochs: Count = Field(default=1, description="passes over the corpus")
    batch: Count = Field(default=32, description="pieces of documents a step")
    learning_rate: Positive = Field(default=3e-4, description="peak rate")
    schedule: Schedule = Field(default=Linear(), description="decay after the warm-up")
    warmup: NonNegative = Field(default=0.06, description="below 1: share of all steps; else steps")
    weight_decay: NonNegative = 0.0
    clip: NonNegative = Field(default=1.0, description="largest gradient norm; 0: no clipping")
    max_length: Count = Field(default=256, description="tokens a piece; longer documents are cut")


@op(
    "adapt",
    version=1,
    wants_gpu=True,
    environment=("torch",),
    check=needs_network("model"),
)
def adapt(
    ctx: Context,
    model: Model,
    corpus: Corpus,
    *,
    train: Continuation = Continuation(),  # noqa: B008 (frozen)
    seed: Seed = 0,
) -> Model:
    """Train a causal language model on, next token by next token, and give it back as a Model.

    All weights move, whatever the model's ``tune`` says of later finetunings; tokenizer and
    architecture stay. A Predictor in place of a model leaves its head behind.

    Args:
        ctx: the context.
        model: what to train on.
        corpus: documents; ``texts(items)`` makes one of items, without their labels.
        train: settings.
        seed: draws the order of the documents.

    Raises:
        PrerequisiteError: for an encoder, adapters, an empty corpus, or a diverged training.
    """
    from w2sdl_runtime.learning.adapting import adapt_network
    from w2sdl_runtime.train import Train

    settings = {name: getattr(train, name) for name in Continuation.model_fields}
    return adapt_network(ctx, model, corpus, Train(**settings))
