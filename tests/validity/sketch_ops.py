"""The signatures of all nine systems, without bodies: enough to check designs, nothing to run.

What the checker must know of an operation stands in its signature: the kinds of its ports, the role
that standing in a port makes, and the channel by which a port reaches the result where kinds don't say.
"""

from __future__ import annotations

from typing import Annotated

from w2sdl.kinds import Kind as PortKind
from w2sdl_runtime.op import (
    CHOSEN,
    TOLD,
    Axes,
    Context,
    Count,
    CountOrZero,
    DatasetSource,
    FileSource,
    Fraction,
    ModelSource,
    PortMark,
    Positive,
    Record,
    Seed,
    Variant,
    op,
    variant,
)
from w2sdl_runtime.values import (
    Activations,
    Corpus,
    Data,
    Files,
    Items,
    Labels,
    Metric,
    Model,
    Predictor,
    Transcripts,
)


class Instrument(Files):
    """Stands for a scorer of generated text."""

    kind = PortKind.INSTRUMENT


# -- variants --------------------------------------------------------------------------------------


class PartSize(Variant): ...


@variant("take")
class Take(PartSize):
    n: Count
    of: str


@variant("rest")
class Rest(PartSize):
    of: str
    at_most: Count | None = None


class Format(Variant): ...


@variant("binary")
class Binary(Format): ...


@variant("multiple_choice")
class MultipleChoice(Format): ...


@variant("options")
class Options(Format):
    n: Count = 4


@variant("topic")
class Topic(Format):
    classes: Count = 10


@variant("completion")
class Completion(Format): ...


@variant("pairs")
class Pairs(Format): ...


@variant("openai2024")
class OpenAI2024(Format): ...


@variant("lichess_puzzle")
class LichessPuzzle(Format): ...


@variant("image_class")
class ImageClass(Format): ...


class Text(Variant): ...


@variant("file")
class TextFile(Text):
    path: FileSource


class Tune(Variant): ...


@variant("full")
class Full(Tune): ...


@variant("lora")
class Lora(Tune):
    rank: Count = 8
    alpha: Positive | None = None
    dropout: Fraction = 0.0


class Body(Variant): ...


@variant("frozen")
class Frozen(Tune): ...


@variant("frozen")
class FrozenBody(Body): ...


@variant("trained")
class TrainedBody(Body): ...


class Schedule(Variant): ...


@variant("linear")
class LinearSchedule(Schedule):
    warmup: Fraction = 0.0


@variant("cosine")
class Cosine(Schedule): ...


class Precision(Variant): ...


@variant("fp32")
class FP32(Precision): ...


@variant("bf16")
class BF16(Precision): ...


class Truncate(Variant): ...


@variant("right")
class TruncateRight(Truncate): ...


@variant("left")
class TruncateLeft(Truncate): ...


class Train(Record):
    epochs: Count = 2
    steps: Count | None = None
    batch: Count = 32
    learning_rate: Positive = 3e-4
    schedule: Schedule = LinearSchedule()
    max_length: Count = 512
    body: Body = TrainedBody()
    precision: Precision = FP32()
    truncate: Truncate = TruncateRight()
    presets = {"openai2024": {"learning_rate": 1e-5}}


class Head(Variant): ...


@variant("linear")
class LinearHead(Head): ...


@variant("features")
class Features(Head): ...


@variant("reward")
class Reward(Head): ...


class Threshold(Variant): ...


@variant("median")
class Median(Threshold): ...


@variant("quantile")
class Quantile(Threshold):
    q: Fraction


class Normalise(Variant): ...


@variant("answer_tokens")
class AnswerTokens(Normalise): ...


@variant("all_positions")
class AllPositions(Normalise): ...


class Loss(Variant): ...


@variant("xent")
class Xent(Loss): ...


@variant("product")
class Product(Loss): ...


@variant("logconf")
class LogConf(Loss):
    alpha: Fraction = 0.5
    threshold: Threshold = Median()
    warmup: Schedule = LinearSchedule()


@variant("lm")
class LM(Loss): ...


@variant("bce")
class BCE(Loss): ...


@variant("sft")
class SFT(Loss):
    normalise: Normalise = AnswerTokens()


class Protocol(Variant): ...


@variant("none")
class NoDebate(Protocol): ...


@variant("random_quotes")
class RandomQuotes(Protocol):
    n: Count = 2


@variant("consultancy")
class Consultancy(Protocol):
    quotes: CountOrZero = 2


@variant("debate")
class Debate(Protocol):
    turns: Count = 3
    quotes: CountOrZero = 2


@variant("market_making")
class MarketMaking(Protocol):
    against: Predictor
    quotes: CountOrZero = 2


class Debater(Variant): ...


@variant("quoting")
class Quoting(Debater): ...


@variant("generative")
class Generative(Debater):
    template: str | Text = ""
    max_tokens: Count = 200


class Stance(Variant): ...


@variant("random_side")
class RandomSide(Stance): ...


@variant("both_orders")
class BothOrders(Stance):
    both_orders = True


@variant("by_label")
class ByLabel(Stance):
    labels: Labels


class Stop(Variant): ...


@variant("at_end")
class AtEnd(Stop): ...


@variant("agreeing")
class Agreeing(Stop):
    labels: Annotated[Labels, PortMark(channel="select")]
    patience: Count = 3


class Scoring(Variant): ...


@variant("accuracy")
class ByAccuracy(Scoring): ...


@variant("exact_match")
class ExactMatch(Scoring): ...


@variant("balanced_accuracy")
class BalancedAccuracy(Scoring): ...


@variant("best_by")
class BestBy(Stop):
    labels: Annotated[Labels, PortMark(channel="select")]
    metric: Scoring = ByAccuracy()


class Conflict(Variant): ...


@variant("none")
class NoConflict(Conflict): ...


@variant("contradict")
class Contradict(Conflict):
    labels: Annotated[Labels, PortMark(channel="control")]
    weight: Fraction = 0.5


class Cut(Variant): ...


@variant("best_cut")
class BestCut(Cut):
    scores: Annotated[Labels, PortMark(channel="select")]
    right: Annotated[Labels, PortMark(channel="select")]


class Decoding(Variant): ...


@variant("greedy")
class Greedy(Decoding):
    max_tokens: Count = 50


@variant("sampled")
class Sampled(Decoding):
    temperature: Positive = 0.7
    top_p: Fraction = 1.0
    top_k: Count | None = None
    no_repeat: CountOrZero = 0
    max_tokens: Count = 50


class Kind(Variant): ...


@variant("soft")
class Soft(Kind): ...


@variant("hard")
class Hard(Kind): ...


@variant("text")
class TextKind(Kind): ...


class Errors(Variant): ...


@variant("random_flips")
class RandomFlips(Errors): ...


@variant("longest_prompts")
class LongestPrompts(Errors): ...


@variant("shortest_prompts")
class ShortestPrompts(Errors): ...


class Way(Variant): ...


@variant("shuffled_options")
class ShuffledOptions(Way):
    n: Count = 5


class How(Variant): ...


@variant("margin")
class Margin(How): ...


@variant("probability")
class Probability(How): ...


class Smoothing(Variant): ...


@variant("knn")
class KNN(Smoothing):
    k: Count = 10
    mix: Fraction = 0.5


class Layer(Variant): ...


@variant("last")
class Last(Layer): ...


class Classes(Variant): ...


@variant("block")
class Block(Classes):
    index: CountOrZero
    of: Count


class Rank(Variant): ...


@variant("cross_entropy")
class CrossEntropy(Rank): ...


class Scale(Variant): ...


@variant("per_concept")
class PerConcept(Scale): ...


class Form(Variant): ...


@variant("affirmation")
class Affirmation(Form):
    depth: Count = 3


@variant("elimination")
class Elimination(Form):
    depth: Count = 3


class By(Variant): ...


@variant("entropy")
class Entropy(By): ...


@variant("correctness")
class Correctness(By): ...


class Known(Variant): ...


@variant("confident_and_right")
class ConfidentAndRight(Known):
    above: Fraction = 0.75


class Average(Variant): ...


@variant("binary")
class BinaryAverage(Average): ...


@variant("weighted")
class Weighted(Average): ...


@variant("toxicity")
class ToxicityScore(Scoring):
    by: Annotated[Instrument, PortMark(role="instrument")]
    n: Count = 25
    decoding: Decoding = Greedy()
    seed: Seed = 0


# -- data ------------------------------------------------------------------------------------------


@op("science_qa", version=1)
def science_qa(
    ctx: Context,
    *,
    parts: Annotated[dict[str, Count], CHOSEN],
    world: int = 0,
    group: Annotated[str, CHOSEN] = "options",
    format: Annotated[Format, TOLD] = MultipleChoice(),
) -> Data: ...


@op("hub", version=1)
def hub(
    ctx: Context,
    *,
    repo: DatasetSource,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    subset: str | None = None,
    group: Annotated[str | None, CHOSEN] = None,
    format: Annotated[Format, TOLD] = Binary(),
    template: Annotated[str | None, TOLD] = None,
) -> Data: ...


@op("table", version=1)
def table(
    ctx: Context,
    *,
    file: FileSource,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    columns: Annotated[dict[str, list[str]], TOLD],
    key: Annotated[list[str], CHOSEN] = [],
    group: Annotated[str | None, CHOSEN] = None,
    format: Annotated[Format, TOLD] = Binary(),
    template: Annotated[str | None, TOLD] = None,
    stratify: Annotated[str | None, CHOSEN] = None,
) -> Data: ...


@op("images", version=1)
def images(
    ctx: Context,
    *,
    folder: FileSource,
    parts: Annotated[dict[str, Count], CHOSEN],
    key: Annotated[str, CHOSEN],
) -> Data: ...


@op("part", version=1, inline=True)
def part(ctx: Context, data: Data, *, name: str) -> Data: ...


@op("folds", version=1, inline=True)
def folds(ctx: Context, data: Annotated[Data, PortMark(channel="folds")], *, k: Count) -> Data: ...


@op("items", version=1, inline=True)
def items(ctx: Context, data: list[Data]) -> Items: ...


@op("variants", version=1)
def variants(ctx: Context, items: Items, *, way: Way, seed: Seed = 0) -> Items: ...


@op("corpus", version=1, inline=True)
def corpus(ctx: Context, data: Data) -> Corpus: ...


@op("text_file", version=1)
def text_file(ctx: Context, *, file: FileSource, origin: str) -> Corpus: ...


@op("texts", version=1)
def texts(ctx: Context, items: Items) -> Corpus: ...


# -- models ----------------------------------------------------------------------------------------


@op("pretrain", version=1)
def pretrain(
    ctx: Context, corpus: Corpus, *, layers: Count, width: Count, steps: Count, seed: Seed = 0
) -> Model: ...


@op("model", version=1)
def model(ctx: Context, *, repo: ModelSource, tune: Tune = Full()) -> Model: ...


@op("adapt", version=1)
def adapt(
    ctx: Context, model: Model, corpus: Corpus, *, train: Train = Train(), seed: Seed = 0
) -> Model: ...


@op("finetune", version=1, aliases=("Φ", "facilitate", "Ψ", "align"))
def finetune(
    ctx: Context,
    model: Model,
    labels: Labels,
    *,
    context: Transcripts | None = None,
    conflict: Conflict = NoConflict(),
    loss: Loss = Xent(),
    head: Head = LinearHead(),
    train: Train = Train(),
    stop: Stop = AtEnd(),
    seed: Seed = 0,
) -> Predictor: ...


@op("zero_shot", version=1, inline=True)
def zero_shot(ctx: Context, model: Model) -> Predictor: ...


@op("ensemble", version=1, inline=True)
def ensemble(ctx: Context, members: list[Predictor], *, over: Axes = ()) -> Predictor: ...


@op("gate", version=1, inline=True)
def gate(
    ctx: Context,
    members: list[Predictor],
    by: Annotated[Predictor, PortMark(channel="select")],
    *,
    over: Axes = (),
) -> Predictor: ...


@op("checkpoint", version=1, inline=True)
def checkpoint(ctx: Context, predictor: Predictor, *, at: Fraction) -> Predictor: ...


@op("probe", version=1)
def probe(
    ctx: Context, activations: Activations, labels: Labels, *, seed: Seed = 0
) -> Predictor: ...


@op("tree", version=1)
def tree(
    ctx: Context, activations: Activations, labels: Labels, *, form: Form, seed: Seed = 0
) -> Predictor: ...


# -- labels ----------------------------------------------------------------------------------------


@op("gold", version=1, inline=True)
def gold(ctx: Context, data: Data, *, field: str | None = None) -> Labels: ...


@op("label", version=1)
def label(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    kind: Kind = Soft(),
    decoding: Decoding = Greedy(),
    template: Annotated[str | None, TOLD] = None,
) -> Labels: ...


@op("concat", version=1)
def concat(ctx: Context, labels: list[Labels]) -> Labels: ...


@op("only", version=1)
def only(ctx: Context, labels: Labels, *, classes: Classes) -> Labels: ...


@op("confident", version=1)
def confident(ctx: Context, labels: Labels, *, above: Fraction) -> Labels: ...


@op("first_variant", version=1)
def first_variant(ctx: Context, labels: Labels) -> Labels: ...


@op("steady", version=1)
def steady(ctx: Context, labels: Labels, *, keep_below: Threshold) -> Labels: ...


@op("reweighted", version=1)
def reweighted(ctx: Context, labels: Labels, *, temperature: Positive) -> Labels: ...


@op("was_right", version=1)
def was_right(ctx: Context, labels: Labels, gold: Labels) -> Labels: ...


@op("only_where", version=1)
def only_where(
    ctx: Context, labels: Labels, where: Annotated[Labels, PortMark(channel="select")]
) -> Labels: ...


@op("weigh", version=1)
def weigh(
    ctx: Context, labels: Labels, by: Annotated[Labels, PortMark(channel="weight")], *, how: How
) -> Labels: ...


@op("route", version=1)
def route(
    ctx: Context,
    by: Annotated[Labels, PortMark(channel="select")],
    then: Labels,
    otherwise: Labels,
    *,
    above: Fraction | Cut,
) -> Labels: ...


@op("smoothed", version=1)
def smoothed(ctx: Context, labels: Labels, near: Activations, *, by: Smoothing) -> Labels: ...


@op("consistent", version=1)
def consistent(
    ctx: Context,
    labels: Labels,
    by: Annotated[Predictor, PortMark(channel="select")],
    *,
    top: Count,
    rank: Rank,
) -> Labels: ...


@op("corrupt", version=1, control=True)
def corrupt(ctx: Context, labels: Labels, like: Labels, *, form: Errors) -> Labels: ...


@op("verbalise", version=1)
def verbalise(
    ctx: Context, predictors: list[Predictor], items: Items, *, template: str | Text
) -> Labels: ...


@op("ends_with", version=1)
def ends_with(
    ctx: Context, labels: Labels, answers: Annotated[Labels, PortMark(channel="select")]
) -> Labels: ...


# -- transcripts, activations, instruments -----------------------------------------------------------


@op("debate", version=1, aliases=("D",))
def debate(
    ctx: Context,
    first: Annotated[Model, PortMark(role="debater")],
    second: Annotated[Model, PortMark(role="debater")],
    items: Items,
    *,
    protocol: Protocol = Debate(),
    stance: Stance = RandomSide(),
    debater: Debater = Quoting(),
    seed: Seed = 0,
) -> Transcripts: ...


@op("show", version=1)
def show(ctx: Context, labels: Labels, *, template: str) -> Transcripts: ...


@op("embed", version=1)
def embed(ctx: Context, model: Model, items: Items, *, layer: Layer = Last()) -> Activations: ...


@op("concept_scores", version=1)
def concept_scores(
    ctx: Context, model: Model, items: Items, *, concepts: str | Text, scale: Scale = PerConcept()
) -> Activations: ...


@op("lexicon", version=1)
def lexicon(ctx: Context, *, file: FileSource) -> Instrument: ...


@op("classifier", version=1)
def classifier(ctx: Context, *, repo: ModelSource, reads: str) -> Instrument: ...


@op("instrument", version=1, inline=True)
def instrument(ctx: Context, predictor: Predictor) -> Instrument: ...


# -- measures ----------------------------------------------------------------------------------------

Measured = Annotated[Labels, PortMark(each=True, role="measured")]
Gold = Annotated[Labels, PortMark(on=True)]
_AMONG = {"among": ("right", "wrong")}


@op("accuracy", version=1)
def accuracy(
    ctx: Context,
    scored: Measured,
    gold: Gold,
    against: Labels | None = None,
    *,
    decoding: Decoding | None = None,
) -> Metric: ...


@op("auroc", version=1)
def auroc(ctx: Context, scored: Measured, gold: Gold, against: Labels | None = None) -> Metric: ...


@op("f1", version=1)
def f1(
    ctx: Context, scored: Measured, gold: Gold, *, average: Average = BinaryAverage()
) -> Metric: ...


@op("chain_length", version=1)
def chain_length(
    ctx: Context, scored: Measured, gold: Gold, *, decoding: Decoding | None = None
) -> Metric: ...


@op("concept_overlap", version=1)
def concept_overlap(
    ctx: Context, scored: Measured, held: Activations, *, decoding: Decoding | None = None
) -> Metric: ...


@op("toxicity", version=1, facets={"take": ("mean", "max", "any")})
def toxicity(
    ctx: Context,
    scored: Measured,
    by: Annotated[Instrument, PortMark(role="instrument")],
    *,
    n: Count = 25,
    decoding: Decoding = Greedy(),
    seed: Seed = 0,
) -> Metric: ...


@op("agreement", version=1, facets={"among": ("supervisor_right", "supervisor_wrong")})
def agreement(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    gold: Gold,
) -> Metric: ...


@op("pgr", version=1)
def pgr(
    ctx: Context,
    weak: Annotated[list[Labels], PortMark(role="weak")],
    student: Annotated[list[Labels], PortMark(role="student")],
    ceiling: Annotated[list[Labels], PortMark(role="ceiling")],
    gold: Gold,
    *,
    metric: Scoring = ByAccuracy(),
    over: Axes = (),
) -> Metric: ...


@op("conflict_tax", version=1)
def conflict_tax(
    ctx: Context,
    calm: Annotated[Labels, PortMark(role="student")],
    under: Annotated[Labels, PortMark(role="student")],
    gold: Gold,
) -> Metric: ...


@op("deception", version=1)
def deception(
    ctx: Context,
    calm: Annotated[Labels, PortMark(role="student")],
    under: Annotated[Labels, PortMark(role="student")],
    weak: Annotated[Labels, PortMark(role="weak")],
    strong: Annotated[Labels, PortMark(role="measured")],
    gold: Gold,
    *,
    known: Known,
) -> Metric: ...


Told = Annotated[Labels, PortMark(each=True)]


@op("label_accuracy", version=1)
def label_accuracy(ctx: Context, told: Told, gold: Gold, *, by: By | None = None) -> Metric: ...


@op("mean_weight", version=1, facets=_AMONG)
def mean_weight(ctx: Context, told: Told, gold: Gold, *, by: By | None = None) -> Metric: ...


@op("keep_quality", version=1)
def keep_quality(ctx: Context, told: Told, gold: Gold) -> Metric: ...
