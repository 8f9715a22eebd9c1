"""Weights labels by how sure a judge is of their rows."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.weightings import Margin, Weighting


def _as_the_labels(params: Params, given: Given) -> str | Mismatch:
    if "text" in given["by"] or "text" in given["labels"]:
        return Mismatch(
            "weigh() needs probabilities, and texts have none",
            "weigh labels of predictors that judge or prefer, by such labels",
        )
    return given["labels"][0]


@op("weigh", version=1, answers=_as_the_labels)
def weigh(
    ctx: Context,
    labels: Labels,
    by: Annotated[Labels, PortMark(channel="weight")],
    *,
    how: Weighting = Margin(),  # noqa: B008 (frozen)
) -> Labels:
    """The labels with their weights times what a judge's labels make of each row.

    The judge's probability that an answer is right is the signal s of a debate (Zakershahrak &
    Ghodratnama 2024 leave it open how Ψ uses it; a weight is our design). Rows that the labels drop stay
    dropped.

    Args:
        ctx: the context.
        labels: what is weighed: soft, hard or pairwise.
        by: the judge's labels of the same rows, joined by item id.
        how: probabilities to weights.

    Raises:
        PrerequisiteError: when a row lacks a judgement, or all weights are 0.
    """
    import numpy as np

    from w2sdl_runtime.refining import rows

    kept = rows.kept(labels)
    judge = rows.numbers(rows.aligned(labels, by, "the judge's labels"), "the judge's labels", kept)
    own = rows.numbers(labels, "the labels", kept)
    factor = np.where(kept, how.weights(np.where(kept, own, 0.5), judge), 1.0)
    weight = np.array(labels.table["weight"], np.float64) * factor
    if not (weight > 0).any():
        raise PrerequisiteError(
            "every row has weight 0: the judge is sure of none",
            "weigh by another judge, or by how: backing()",
        )
    return rows.with_columns(labels, weight=weight)
