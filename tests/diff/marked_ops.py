"""Operations beside those of tests/lang/fake_ops.py: marks, neutral parameters, filters, scorers."""

from __future__ import annotations

from typing import Annotated

from fake_ops import Head
from pydantic import Field

from w2sdl_runtime.op import (
    Changes,
    Context,
    Count,
    Fraction,
    PortMark,
    Positive,
    Record,
    Seed,
    Variant,
    op,
    variant,
)
from w2sdl_runtime.values import Items, Labels, Metric, Model, Predictor


class Decoding(Variant):
    pass


@variant("sampled")
class Sampled(Decoding):
    temperature: Annotated[float, Field(ge=0), Changes("sampling")] = 0.8
    prompt: Annotated[str, Changes("measurement")] = "Is it right?"
    beams: Count = 1


class Budget(Record):
    rows: Annotated[Count, Changes("sampling")] = 100
    rate: Positive = 1e-3


@op("tuned", version=1, neutral=("chunk",))
def tuned(
    ctx: Context,
    model: Model,
    labels: Labels,
    *,
    budget: Budget = Budget(),  # noqa: B008
    decoding: Decoding = Sampled(),  # noqa: B008
    chunk: Count = 8,
    workers: Annotated[Count | None, Changes("operational")] = None,
    seed: Seed = 0,
) -> Predictor: ...  # type: ignore[empty-body]
@op("confident", version=1, inline=True)
def confident(ctx: Context, labels: Labels, *, above: Fraction = 0.8) -> Labels: ...  # type: ignore[empty-body]
@op("answers", version=1)
def answers(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    question: str = "{{ q }}",
    draws: Annotated[Count, Changes("sampling")] = 1,
) -> Labels: ...  # type: ignore[empty-body]
@op("f1", version=1)
def f1(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True)],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 100,
    threshold: Fraction = 0.5,
) -> Metric: ...  # type: ignore[empty-body]


@variant("answering")
class Answering(Head):
    prompt: str = "Is it right?"
