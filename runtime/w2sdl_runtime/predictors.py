"""P(candidate is right) from any Predictor, by the ``type`` in its facts.

"neural": ``base`` (digest), ``context`` (digest or ""), ``head``, ``tune``, ``train`` and ``loss``,
``reader``, ``architecture``, ``dtype``, ``max_length``, ``precision``, ``rows`` (counts); its files
hold the head, and of the body what ``tune`` moved. "generator": the same with
``head: lm()``; it answers in words (`learning.answering`). "features": ``base``, ``context``, ``rows``,
``state`` (`learning.features`). "zero_shot": ``base``. "ensemble": ``members`` (digests).
"classifier": ``classes`` (how many), ``positive`` (which one is right), ``several`` (may be right at
once), ``bias``, ``reader``, ``architecture``, ``dtype``, ``max_length``, ``origin``; its files are a
transformers folder.
"judge": ``base``, ``context``, ``how`` (a verdict in JSON form), ``template``, ``seed``.
"folded": ``members`` (digests), ``folds`` (which one each has not seen), ``items`` (digest of the
rows that they were trained on).
"probe": ``activations`` (digest), ``classes`` (words, or [] for right and wrong), ``rows``; its file
holds the weights.
"few_shot": ``base``, ``examples`` (text), ``template``, ``verdicts``, ``calibrate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from w2sdl_runtime.learning.contexts import by_order
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.op import Context, PrerequisiteError, Variant, variant_class
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network

F = TypeVar("F", bound=Variant)


def predict(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    """P(candidate is right) of every item, float64, ``[rows]``, in the order of the items.

    Predictors with context join their transcripts by item id; of items that were debated in both
    orders they answer each, and the mean is theirs. One with folds answers a row by the
    member that did not see it, and rows that no member saw by their mean. A zero-shot predictor cuts at the
    median of the rows it is given, so its probabilities depend on which rows are scored together.

    Raises:
        PrerequisiteError: when an item lacks a transcript, or a model's files are gone.
    """
    kind = predictor.facts["type"]
    if kind == "generator":
        raise PrerequisiteError(
            "this predictor answers in words, and has no probability of a class",
            "use it where text labels are wanted, or train it with a head that judges",
        )
    if kind in _READERS:
        import numpy as np

        orders = predict_orders(predictor, items, ctx)
        if orders:
            return np.asarray(np.mean(list(orders.values()), axis=0), dtype=np.float64)
        return _READERS[kind](predictor, items, context_of(predictor, ctx), ctx)
    if kind not in _BY_TYPE:
        raise ValueError(f"a predictor of unknown type {kind}")
    return _BY_TYPE[kind](predictor, items, ctx)


def predict_orders(predictor: Predictor, items: Items, ctx: Context) -> dict[str, np.ndarray]:
    """P(candidate is right) by the order of the debate, where it reads debates in both orders.

    {} for other predictors. Of an ensemble it is the mean of its members, where all of them do.

    Raises:
        PrerequisiteError: as for `predict`.
    """
    import numpy as np

    if predictor.facts["type"] == "ensemble":
        members = members_of(predictor, ctx)
        if not all(_reads_both(member, ctx) for member in members):
            return {}
        each = [predict_orders(member, items, ctx) for member in members]
        return {name: np.mean([one[name] for one in each], axis=0) for name in each[0]}
    if predictor.facts["type"] not in _READERS:
        return {}
    read = _READERS[predictor.facts["type"]]
    contexts = by_order(context_of(predictor, ctx))
    return {name: read(predictor, items, context, ctx) for name, context in contexts.items()}


def _reads_both(predictor: Predictor, ctx: Context) -> bool:
    if predictor.facts["type"] == "ensemble":
        return all(_reads_both(member, ctx) for member in members_of(predictor, ctx))
    return predictor.facts["type"] in _READERS and bool(by_order(context_of(predictor, ctx)))


def _neural(
    predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
) -> np.ndarray:
    import numpy as np
    import torch

    from w2sdl_runtime.learning.numerics import numerics
    from w2sdl_runtime.learning.reading import check_readable, read_all
    from w2sdl_runtime.learning.trained import body_of, head_of, head_weights
    from w2sdl_runtime.models import open_network

    head = head_of(predictor)
    network = open_network(predictor, ctx)
    wanted = head.wants(network.causal)
    length = int(predictor.facts["max_length"])
    rows = item_rows(network, items, context, head.transcript, length, head.sides)
    rows.warn_of_cuts(ctx)
    check_readable(network, rows, wanted)
    with numerics(ctx, "predict"), torch.inference_mode():
        precision = predictor.facts["precision"]
        reading = read_all(network, rows, wanted, ctx, precision, whose=body_of(predictor))
        logits = head.logits(head_weights(predictor), reading)
        return torch.sigmoid(logits.double()).numpy().astype(np.float64)


def _features(
    predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
) -> np.ndarray:
    from w2sdl_runtime.learning.features import predict_features

    base = open_base(predictor, ctx)
    return predict_features(base, items, context, predictor.facts["state"], ctx)


def _judge(
    predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
) -> np.ndarray:
    from w2sdl_runtime.learning.verdicts import judged

    return judged(predictor, items, context, ctx)


def _zero_shot(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    from w2sdl_runtime.learning.likelihood import zero_shot_probability

    return zero_shot_probability(open_base(predictor, ctx), items, ctx)


def _few_shot(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    from w2sdl_runtime.learning.prompting import prompted_probability

    return prompted_probability(predictor, open_base(predictor, ctx), items, ctx)


def _ensemble(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    import numpy as np

    each = [predict(member, items, ctx) for member in members_of(predictor, ctx)]
    return np.asarray(np.mean(each, axis=0), dtype=np.float64)


def _folded(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    from w2sdl_runtime.learning.folded import predict_folded

    return predict_folded(predictor, items, ctx, predict)


def _classifier(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    from w2sdl_runtime.learning.classifying import classify

    return classify(predictor, items, ctx)


def _probe(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray:
    from w2sdl_runtime.learning.probing import probe_right

    return probe_right(predictor, items, ctx)


def answer_kind(predictor: Predictor, ctx: Context) -> str:
    """The kind of labels that a predictor gives: "soft", "pairwise" or "text"."""
    facts = predictor.facts
    if facts["type"] in ("ensemble", "folded"):
        return answer_kind(members_of(predictor, ctx)[0], ctx)
    if facts.get("classes") and facts["type"] == "probe":
        return "text"
    if "head" not in facts:
        return "soft"
    from w2sdl_runtime.learning.trained import head_of

    return head_of(predictor).answers


def words_by(predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
    """What a predictor that answers in words says of every item, and whether it was cut short."""
    if predictor.facts["type"] == "probe":
        from w2sdl_runtime.learning.probing import probe_words

        return [(word, False) for word in probe_words(predictor, items, ctx)]
    from w2sdl_runtime.learning.answering import write_answers

    return write_answers(predictor, items, ctx)


def members_of(predictor: Predictor, ctx: Context) -> list[Predictor]:
    """The predictors that one is made of."""
    members = [ctx.open(digest) for digest in predictor.facts["members"]]
    found = [member for member in members if isinstance(member, Predictor)]
    if len(found) != len(members):
        raise TypeError("a member is not a Predictor")
    return found


#: Those that may read transcripts.
_READERS = {"neural": _neural, "features": _features, "judge": _judge}

_BY_TYPE = {
    "zero_shot": _zero_shot,
    "few_shot": _few_shot,
    "ensemble": _ensemble,
    "folded": _folded,
    "classifier": _classifier,
    "probe": _probe,
}


def open_base(predictor: Predictor, ctx: Context) -> Model:
    """The Model that a predictor was made of."""
    base = ctx.open(predictor.facts["base"])
    if not isinstance(base, Model):
        raise TypeError(f"object {predictor.facts['base']} is {base.kind}, not a Model")
    return base


def context_of(predictor: Predictor, ctx: Context) -> Transcripts | None:
    """The transcripts that a predictor reads, if any."""
    digest = predictor.facts.get("context", "")
    if not digest:
        return None
    value = ctx.open(digest)
    if not isinstance(value, Transcripts):
        raise TypeError(f"object {digest} is {value.kind}, not Transcripts")
    return value


def open_trained(predictor: Predictor, ctx: Context) -> Network:
    """The network inside a Predictor, for reading on, debating with, or continuing from.

    Raises:
        PrerequisiteError: for predictors that have no network of their own.
    """
    kind = predictor.facts["type"]
    if kind in ("neural", "generator"):
        from w2sdl_runtime.learning.trained import open_neural

        return open_neural(predictor, ctx)
    if kind == "zero_shot":
        from w2sdl_runtime.models import open_network

        return open_network(open_base(predictor, ctx), ctx)
    raise PrerequisiteError(
        f"a predictor of type {kind} has no network of its own to continue from or to debate with",
        "use one of the models that it was made of",
    )


def variant_from(family: type[F], value: dict[str, Any]) -> F:
    """A variant from its JSON form, as facts hold it."""
    fields = {key: item for key, item in value.items() if key != "variant"}
    return variant_class(family, value["variant"])(**fields)
