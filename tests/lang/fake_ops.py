"""Operations without bodies: enough signatures to test the compiler, and no runtime behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from w2sdl_runtime.op import (
    Axes,
    Context,
    Count,
    DatasetSource,
    Fraction,
    Mismatch,
    ModelSource,
    Neutral,
    PortMark,
    Positive,
    Record,
    Seed,
    Variant,
    op,
    variant,
)
from w2sdl_runtime.values import Corpus, Data, Items, Labels, Metric, Model, Predictor, Transcripts


class Head(Variant):
    pass


@variant("linear")
class LinearH(Head):
    pass


@variant("features")
class Features(Head):
    pass


class Loss(Variant):
    pass


@variant("xent")
class Xent(Loss):
    pass


@variant("logconf")
class LogConf(Loss):
    alpha: Fraction = 0.5


@variant("bce")
class Bce(Loss):
    pass


class Protocol(Variant):
    pass


@variant("none")
class NoneP(Protocol):
    pass


@variant("random_quotes")
class RQ(Protocol):
    n: Count = 2


@variant("consultancy")
class Con(Protocol):
    quotes: Count = 2


@variant("debate")
class Deb(Protocol):
    turns: Count = 3
    quotes: Count = 2


class Debater(Variant):
    pass


@variant("quoting")
class Q(Debater):
    pass


def _closed(text: str, name: str) -> tuple[str, str] | None:
    if text.count("{") == text.count("}"):
        return None
    return f"`{name}` has an open bracket", "close it"


class Words(Variant):
    """What a plain string may stand in place of."""

    plain = _closed


@variant("words_of")
class WordsOf(Words):
    path: str


@variant("generative")
class Gen(Debater):
    template: str
    max_tokens: Count = 200
    opening: str | Words = "{ prompt }"


class Tune(Variant):
    pass


@variant("full")
class Full(Tune):
    pass


@variant("lora")
class Lora(Tune):
    rank: Count = 8


class Format(Variant):
    pass


@variant("multiple_choice")
class MC(Format):
    pass


class Train(Record):
    epochs: Count = 2
    batch: Count = 32
    micro_batch: Annotated[Count | None, Neutral("batch")] = None
    learning_rate: Positive = 3e-4
    presets = {"openai2024": {"learning_rate": 1e-5}}


@op("science_qa", version=1, answers=lambda params, given: "hard")
def science_qa(
    ctx: Context, *, parts: dict[str, Count], world: int = 0, format: Format = MC()
) -> Data: ...  # type: ignore[empty-body]
@op("hub", version=1)
def hub(
    ctx: Context,
    *,
    repo: DatasetSource,
    parts: dict[str, Count],
    revision: str | None = None,
    format: Format = MC(),
) -> Data: ...  # type: ignore[empty-body]
@op("corpus", version=1, inline=True)
def corpus(ctx: Context, data: Data) -> Corpus: ...  # type: ignore[empty-body]
@op("items", version=1, inline=True)
def items(ctx: Context, data: list[Data]) -> Items: ...  # type: ignore[empty-body]
@op("gold", version=1, inline=True)
def gold(ctx: Context, data: Data, *, field: str | None = None) -> Labels: ...  # type: ignore[empty-body]
@op("part", version=1, inline=True)
def part(ctx: Context, data: Annotated[Data, PortMark(rows="kept")], *, name: str) -> Data: ...  # type: ignore[empty-body]
def _even_width(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return ("the width is odd", "use an even one") if values["width"] % 2 else None


@op("pretrain", version=1, check=_even_width)
def pretrain(
    ctx: Context, corpus: Corpus, *, layers: Count, width: Count, steps: Count, seed: Seed = 0
) -> Model: ...  # type: ignore[empty-body]
@op("model", version=1)
def model(ctx: Context, *, source: ModelSource, tune: Tune = Full()) -> Model: ...  # type: ignore[empty-body]
def _preferences(params: Mapping[str, Any], given: Mapping[str, tuple[str, ...]]) -> str | Mismatch:
    if params["loss"]["variant"] == "bce" and "hard" in given["labels"]:
        return Mismatch("bce() takes pairwise labels, and these are hard labels", "use xent()")
    return "soft"


@op("finetune", version=1, aliases=("Φ", "facilitate", "Ψ", "align"), answers=_preferences)
def finetune(
    ctx: Context,
    model: Model,
    labels: Annotated[Labels, PortMark(rows="joined")],
    *,
    context: Annotated[Transcripts | None, PortMark(rows="joined")] = None,
    loss: Loss = Xent(),
    head: Head = LinearH(),
    train: Train = Train(),
    seed: Seed = 0,
) -> Predictor: ...  # type: ignore[empty-body]
@op("zero_shot", version=1, inline=True)
def zero_shot(ctx: Context, model: Model) -> Predictor: ...  # type: ignore[empty-body]
@op("ensemble", version=1, inline=True)
def ensemble(ctx: Context, members: list[Predictor], *, over: Axes = ()) -> Predictor: ...  # type: ignore[empty-body]
@op("label", version=1)
def label(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    kind: Literal["soft", "hard"] = "soft",
) -> Labels: ...  # type: ignore[empty-body]
@op("debate", version=1, aliases=("D",))
def debate(
    ctx: Context,
    first: Model,
    second: Model,
    items: Items,
    *,
    protocol: Protocol = Deb(),
    debater: Debater = Q(),
    seed: Seed = 0,
) -> Transcripts: ...  # type: ignore[empty-body]
@op("accuracy", version=1, limits=(0, 1))
def accuracy(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric: ...  # type: ignore[empty-body]
@op("agreement", version=1, facets={"among": ("supervisor_right", "supervisor_wrong")})
def agreement(
    ctx: Context, student: Labels, supervisor: Labels, gold: Annotated[Labels, PortMark(on=True)]
) -> Metric: ...  # type: ignore[empty-body]
@op("pgr", version=1)
def pgr(
    ctx: Context,
    weak: Annotated[list[Labels], PortMark(role="weak")],
    student: Annotated[list[Labels], PortMark(role="student")],
    ceiling: Annotated[list[Labels], PortMark(role="ceiling")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    over: Axes = (),
    confidence: int = 95,
) -> Metric: ...  # type: ignore[empty-body]


class Stop(Variant):
    pass


@variant("never")
class Never(Stop):
    pass


@variant("agreeing")
class AgreeingWith(Stop):
    labels: Annotated[Labels, PortMark(channel="select")]


@op("stoppable", version=1)
def stoppable(
    ctx: Context,
    model: Model,
    labels: Labels,
    *,
    stop: Stop = Never(),
    seed: Seed = 0,
) -> Predictor:
    """Train until something is reached."""
