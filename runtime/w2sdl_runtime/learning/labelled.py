"""Labels as arrays to train on: checked, with the dropped rows gone and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.data.label_meta import nothing_kept, trained_on
from w2sdl_runtime.learning.contexts import in_both_orders
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.train import Train, in_whole_passes
from w2sdl_runtime.values import Items, Labels, Model, Transcripts
from w2sdl_runtime.variants.heads import Fitting
from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.stops import AtEnd, Stop

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
    stop: Stop = AtEnd(),  # noqa: B008 (frozen)
    held_out: str = "",
    stopping: bool = False,
) -> Fitting:
    """Everything that a head is fitted with; rows of the fold ``held_out`` stay out of it.

    ``stopping``: the labels are not trained on; a training is stopped by them.

    Raises:
        PrerequisiteError: for labels that are no probabilities, or no row to train on.
    """
    import numpy as np

    whose = "those of stop: agreeing()" if stopping else "these"
    if labels.label_kind not in loss.accepts:
        raise PrerequisiteError(
            f"loss: {loss.variant_name}() takes {' or '.join(loss.accepts)} labels, "
            f"and {whose} are {labels.label_kind} labels",
            "use label(...) or gold(...) of such a kind, or another loss",
        )
    items = labels.open_items()
    _check_rows(labels, items)
    weight = _column(labels, "weight")
    offered = _outside(items, held_out)
    kept = trained_on(labels) & offered
    _check_weights(labels, weight, kept, stopping)
    value, texts = _answers(labels, kept, "labels of stop: agreeing()" if stopping else "labels")
    if not kept.all():
        items = Items(items.table.filter(kept))
    dropped = int((~kept & offered).sum())
    weight, train = weight[kept], in_whole_passes(train, int(kept.sum()), int(offered.sum()))
    if context is not None:
        items, context, orders = in_both_orders(items, context)
        value, weight, texts = np.tile(value, orders), np.tile(weight, orders), texts * orders
    rest = (context, loss, train, dropped, texts, stop)
    return Fitting(ctx, model, items, value, weight, *rest)


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


def _answers(
    labels: Labels, kept: np.ndarray[Any, Any], called: str
) -> tuple[np.ndarray[Any, Any], tuple[str, ...]]:
    """P(class 1) of the kept rows, or (with zeros in its place) what their labels say in words."""
    import numpy as np

    if labels.label_kind == "text":
        texts = tuple(labels.table.column("text").filter(kept).to_pylist())
        if not all(text and text.strip() for text in texts):
            raise PrerequisiteError("a text label is empty", "drop the row, or give it words")
        return np.zeros(len(texts)), texts
    value = _column(labels, "value")[kept]
    wrong = int((~(np.isfinite(value) & (value >= 0) & (value <= 1))).sum())
    if wrong:
        raise PrerequisiteError(
            f"{wrong} {called} are no probabilities between 0 and 1", "correct the labels"
        )
    return value, ()


def _check_weights(
    labels: Labels, weight: np.ndarray[Any, Any], kept: np.ndarray[Any, Any], stopping: bool
) -> None:
    import numpy as np

    if not kept.any():
        purpose = "for stop: agreeing() to look at" if stopping else "to train on"
        raise nothing_kept(labels, f"no row is left {purpose}: the labels drop all of them")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        of = " of stop: agreeing()" if stopping else ""
        raise PrerequisiteError(
            f"a row{of} has a negative or missing weight", "correct the weights"
        )
