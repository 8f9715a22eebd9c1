"""Weights labels by how sure a judge is of their rows, or by how often their answer was given."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import chosen_by
from w2sdl_runtime.op import Context, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.weightings import Margin, Weighting


@op("weigh", version=1, answers=chosen_by(Weighting))
def weigh(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    by: Annotated[Labels, PortMark(channel="weight", rows="joined")],
    *,
    how: Weighting = Margin(),  # noqa: B008 (frozen)
) -> Labels:
    """The labels with their weights times what a judge's labels make of each row.

    The judge's probability that an answer is right is the signal s of a debate (Zakershahrak &
    Ghodratnama 2024 leave it open how Ψ uses it; a weight is our design). Votes over several answers to
    a question are how reliable each is (Guo & Yang 2024). Rows that the labels or the judge's drop
    are dropped.

    Args:
        ctx: the context.
        labels: what is weighed; texts by votes alone. A row may be there more than once.
        by: the judge's labels of the same items, one each, joined by item id.
        how: probabilities to weights.

    Raises:
        PrerequisiteError: when a row lacks a judgement, or all weights are 0.
    """
    import numpy as np

    from w2sdl_runtime.refining import rows

    judge = rows.aligned(labels, by, "the judge's labels")
    labels = rows.dropped(labels, rows.kept(judge), "dropped by what it is weighed by")
    kept = rows.kept(labels)
    factor = np.where(kept, how.weights(labels, judge, kept), 1.0)
    weight = np.array(labels.table["weight"], np.float64) * factor
    if not (weight > 0).any():
        raise PrerequisiteError(
            "every row has weight 0: the judge is sure of none",
            "weigh by another judge, or by how: backing()",
        )
    return rows.with_columns(labels, weight=weight)
