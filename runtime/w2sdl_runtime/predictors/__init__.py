"""What predictors say of items: one file a type, found by the ``type`` in a predictor's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import type_of
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


def predict(predictor: Predictor, items: Items, ctx: Context) -> Chances:
    """P(candidate is right) of every item, float64, ``[rows]``, in the order of the items.

    Predictors with context join their transcripts by item id; of items that were debated in both
    orders they answer each, and the mean is theirs. One with folds answers a row by the
    member that did not see it, and rows that no member saw by their mean. A zero-shot predictor cuts at the
    median of the rows it is given, so its probabilities depend on which rows are scored together.

    Raises:
        PrerequisiteError: when an item lacks a transcript, or a model's files are gone.
    """
    return type_of(predictor).predict(predictor, items, ctx)


def predict_orders(predictor: Predictor, items: Items, ctx: Context) -> dict[str, Chances]:
    """P(candidate is right) by the order of the debate, where it reads debates in both orders.

    {} for other predictors. Of an ensemble it is the mean of its members, where all of them do.

    Raises:
        PrerequisiteError: as for `predict`.
    """
    return type_of(predictor).predict_orders(predictor, items, ctx)


def answer_kind(predictor: Predictor, ctx: Context) -> str:
    """The kind of labels that a predictor gives: "soft", "pairwise" or "text"."""
    return type_of(predictor).answer_kind(predictor, ctx)


def words_by(predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
    """What a predictor that answers in words says of every item, and whether it was cut short."""
    return type_of(predictor).words(predictor, items, ctx)


def class_chances(predictor: Predictor, items: Items, ctx: Context) -> tuple[list[str], Chances]:
    """The words that a predictor tells apart and how likely each is; ([], ...) for all others."""
    return type_of(predictor).chances(predictor, items, ctx)
