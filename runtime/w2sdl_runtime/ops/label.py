"""Labels items by a predictor."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import labelling
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Items, Labels, Predictor


@op("label", version=1, wants_gpu=True, answers=labelling)
def label(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    kind: Literal["soft", "hard"] = "soft",
) -> Labels:
    """What a predictor says of every item.

    Args:
        ctx: the context.
        predictor: with context, its transcripts are joined by item id.
        items: the rows to label.
        kind: "soft" is P(candidate is right), "hard" is 1 where that is above 0.5, else 0. The same
            of pairs, with P(the second is preferred): these labels are pairwise. A predictor with
            ``head: lm()`` gives text labels: what it writes; a probe of words the likeliest of them.

    Raises:
        PrerequisiteError: when an item has no transcript that the predictor reads.
    """
    from w2sdl_runtime.data.tables import label_table
    from w2sdl_runtime.predictors import answer_kind, predict, words_by

    ids = items.column("item_id")
    answers = answer_kind(predictor, ctx)
    if answers == "text":
        table = label_table(ids, [None] * len(ids), words_by(predictor, items, ctx))
        return Labels(table, items.digest, "text", "model")
    value = predict(predictor, items, ctx)
    if kind == "hard":
        value = (value > 0.5).astype(float)
    table = label_table(ids, value.tolist(), [None] * len(ids))
    return Labels(table, items.digest, kind if answers == "soft" else answers, "model")
