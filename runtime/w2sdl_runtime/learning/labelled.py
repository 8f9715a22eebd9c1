"""Labels as arrays to train on: checked, with the dropped rows gone and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Labels, Model, Transcripts
from w2sdl_runtime.variants.heads import Fitting
from w2sdl_runtime.variants.losses import Loss

if TYPE_CHECKING:
    import numpy as np


def fitting(
    ctx: Context,
    model: Model,
    labels: Labels,
    context: Transcripts | None,
    loss: Loss,
    train: Train,
    *,
    held_out: str = "",
) -> Fitting:
    """Everything that a head is fitted with; rows of the fold ``held_out`` stay out of it.

    Raises:
        PrerequisiteError: for labels that are no probabilities, or no row to train on.
    """
    if labels.label_kind not in ("soft", "hard"):
        raise PrerequisiteError(
            f"a classifier needs soft or hard labels, and these are {labels.label_kind} labels",
            "use label(..., kind: soft) or gold(...)",
        )
    items = labels.open_items()
    _check_rows(labels, items)
    value, weight = _column(labels, "value"), _column(labels, "weight")
    offered = _outside(items, held_out)
    kept = labels.table.column("keep").to_numpy().astype(bool) & (weight > 0) & offered
    _check_values(value[kept], weight)
    if not kept.all():
        items = Items(items.table.filter(kept))
    dropped = int((~kept & offered).sum())
    return Fitting(ctx, model, items, value[kept], weight[kept], context, loss, train, dropped)


def _check_rows(labels: Labels, items: Items) -> None:
    if labels.table.column("item_id").to_pylist() != items.column("item_id"):
        raise ValueError("labels and the items they refer to differ in their rows")


def _outside(items: Items, fold: str) -> np.ndarray[Any, Any]:
    """Whether each row lies outside a fold, ``[rows]``; "" is no fold."""
    import numpy as np

    if not fold:
        return np.ones(len(items), dtype=bool)
    return np.array([own != fold for own in items.folds()])


def _column(labels: Labels, name: str) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.asarray(labels.table.column(name).to_numpy(), dtype=np.float64)


def _check_values(value: np.ndarray[Any, Any], weight: np.ndarray[Any, Any]) -> None:
    import numpy as np

    if not len(value):
        raise PrerequisiteError(
            "no row is left to train on: the labels drop all of them", "keep at least one row"
        )
    wrong = int((~(np.isfinite(value) & (value >= 0) & (value <= 1))).sum())
    if wrong:
        raise PrerequisiteError(
            f"{wrong} labels are no probabilities between 0 and 1", "correct the labels"
        )
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise PrerequisiteError("a row has a negative or missing weight", "correct the weights")
