"""How sure labels are of what they say: the plain rival of whatever else ranks rows by what is known."""

from __future__ import annotations

from dataclasses import replace

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.arguments import needs_probabilities
from w2sdl_runtime.op import Context, Mismatch, PrerequisiteError, op
from w2sdl_runtime.values import Labels

_HARD = "hard labels don't say how sure they are"
_SOFT = 'label with kind: "soft"; of votes, select(how: entropy()) reads how sure they are'


def _says_how_sure(params: Params, given: Given) -> str | Mismatch:
    return Mismatch(_HARD, _SOFT) if "hard" in given["labels"] else "soft"


@op("confidence", version=1, check=needs_probabilities("labels"), answers=_says_how_sure)
def confidence(ctx: Context, labels: Labels) -> Labels:
    """``max(p, 1 - p)`` of each row; of named classes the probability of the likeliest.

    It is the maximum softmax probability of Hendrycks & Gimpel (2017), the baseline for telling right
    answers from wrong ones: ``auroc(confidence(y), against: was_right(y, gold(part)))`` is how well it
    does, and ``route(by: confidence(own), threshold: 0.8, ...)`` selects by it. Weights become 1. Rows that
    the labels drop stay dropped.

    Args:
        ctx: the context.
        labels: with probabilities.

    Raises:
        PrerequisiteError: for hard labels and words alone, and a row that is kept without a number.
    """
    import numpy as np

    from w2sdl_runtime.data.named_classes import chances_of
    from w2sdl_runtime.refining import rows

    if labels.label_kind == "hard":
        raise PrerequisiteError(_HARD, _SOFT)
    if labels.classes:
        sure = chances_of(labels).max(axis=1)
    else:
        p = rows.numbers(labels, "the labels", rows.kept(labels))
        sure = np.maximum(p, 1 - p)
    told = rows.with_columns(
        rows.of_one_class(rows.unvoted(labels)),
        value=sure,
        weight=np.ones(len(sure)),
        text=[None] * len(sure),
    )
    return replace(told, label_kind="soft", origin=f"confidence: {labels.origin}")
