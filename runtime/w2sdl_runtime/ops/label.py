"""Labels items by a predictor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from w2sdl_runtime.answers import ADVICE, JUDGEMENT, PHRASE, Given, Params, question
from w2sdl_runtime.arguments import writes
from w2sdl_runtime.coverage import read_rows_are_told
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Items, Labels, Predictor

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def _what_items_ask(params: Params, given: Given) -> str | Mismatch:
    """A predictor answers the question that the items ask."""
    (predictor,), (items,) = given["predictor"], given["items"]
    if predictor and items and question(predictor) != question(items):
        return Mismatch(
            f"this predictor's labels {PHRASE[predictor]}; labels of these items {PHRASE[items]}",
            ADVICE[items],
        )
    return str(params["kind"]) if predictor in JUDGEMENT else predictor


_WRITES = ("this predictor writes text, and no text is soft or hard", "leave out kind:")


def _has_kinds(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is written has no kind; classes that are told apart have."""
    if given["kind"] != "soft" and writes(given["predictor"]):
        return _WRITES
    return read_rows_are_told(given)


@op("label", version=1, wants_gpu=True, answers=_what_items_ask, check=_has_kinds)
def label(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    kind: Literal["soft", "hard"] = "soft",
) -> Labels:
    """What a predictor says of every item.

    Of items that were debated in both orders, the label is the mean of the two answers, and
    ``meta`` holds each: ``{"orders": {"correct_first": 0.7, "incorrect_first": 0.4}}``.

    Args:
        ctx: the context.
        predictor: with context, its transcripts are joined by item id.
        items: the rows to label.
        kind: "soft" is P(candidate is right), "hard" is 1 where that is above 0.5, else 0. The same
            of pairs, with P(the second is preferred): these labels are pairwise. A predictor with
            ``head: lm()`` gives text labels: what it writes. A probe of words gives text labels over
            named classes: the likeliest word, and the probabilities of all; "hard": 1 for that word.
            An answer without a word, or not ended within ``max_tokens``, is measured as it is but kept
            out of training: ``keep`` is false, ``meta`` has the ``drop_reason``, the log the count.

    Raises:
        PrerequisiteError: when an item has no transcript that the predictor reads, or for
            ``kind: "hard"`` of a predictor that writes.
    """
    import numpy as np

    from w2sdl_runtime.data.tables import label_table
    from w2sdl_runtime.predictors import answer_kind, predict, predict_orders

    ids = items.column("item_id")
    answers = answer_kind(predictor, ctx)
    if answers == "text":
        return _in_words(ctx, predictor, items, kind)
    orders = predict_orders(predictor, items, ctx)
    value = np.mean(list(orders.values()), axis=0) if orders else predict(predictor, items, ctx)
    if kind == "hard":
        value = (value > 0.5).astype(float)
    meta = _in_each_order(orders, len(ids))
    table = label_table(ids, value.tolist(), [None] * len(ids), meta)
    return Labels(table, items.digest, kind if answers == "soft" else answers, "model")


def _in_words(ctx: Context, predictor: Predictor, items: Items, kind: str) -> Labels:
    """Of one that tells classes apart, all their probabilities; of one that writes, what it writes."""
    from w2sdl_runtime.data.named_classes import likeliest, one_hot, retold
    from w2sdl_runtime.data.tables import label_table
    from w2sdl_runtime.predictors import class_chances, words_by

    ids = items.column("item_id")
    classes, chances = class_chances(predictor, items, ctx)
    if classes:
        if kind == "hard":
            chances = one_hot(likeliest(chances, classes), classes)
        empty = label_table(ids, [None] * len(ids), [None] * len(ids))
        return retold(Labels(empty, items.digest, "text", "model"), chances, classes)
    if kind == "hard":
        raise PrerequisiteError(*_WRITES)
    table = _written(ctx, ids, words_by(predictor, items, ctx))
    return Labels(table, items.digest, "text", "model")


def _written(ctx: Context, ids: list[str], answers: Sequence[tuple[str, bool]]) -> pa.Table:
    """Text labels. No student can learn to write nothing, or what never ends."""
    from w2sdl_runtime.data.label_meta import CUT_SHORT, DROP_REASON, NO_ANSWER, as_json
    from w2sdl_runtime.data.tables import label_table

    why = [NO_ANSWER if not text else CUT_SHORT if cut else "" for text, cut in answers]
    for reason, count in sorted(Counter(filter(None, why)).items()):
        ctx.warn(f"{count:,} of {len(ids):,} answers are kept out of training: {reason}")
    meta = [as_json({DROP_REASON: reason} if reason else {}) for reason in why]
    texts = [text for text, _ in answers]
    return label_table(ids, [None] * len(ids), texts, meta, [not reason for reason in why])


def _in_each_order(orders: Mapping[str, np.ndarray], rows: int) -> list[str | None]:
    """``meta`` with the answer in each order of the debate, where there are two."""
    from w2sdl_runtime.data.label_meta import ORDERS, as_json

    told = ({name: float(each[at]) for name, each in orders.items()} for at in range(rows))
    return [as_json({ORDERS: each} if each else {}) for each in told]
