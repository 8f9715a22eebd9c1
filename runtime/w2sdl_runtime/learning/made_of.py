"""What a predictor was made of: its model, its transcripts, its members."""

from __future__ import annotations

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Model, Predictor, Transcripts


def open_base(predictor: Predictor, ctx: Context) -> Model:
    """The Model that a predictor was made of."""
    return open_as(ctx, predictor.facts["base"], Model)


def context_of(predictor: Predictor, ctx: Context) -> Transcripts | None:
    """The transcripts that a predictor reads, if any."""
    digest = predictor.facts.get("context", "")
    return open_as(ctx, digest, Transcripts) if digest else None


def members_of(predictor: Predictor, ctx: Context) -> list[Predictor]:
    """The predictors that one is made of."""
    return [open_as(ctx, digest, Predictor) for digest in predictor.facts["members"]]
