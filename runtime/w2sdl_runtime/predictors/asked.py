"""Models that are asked about each item as they are: by likelihood, or with examples in the prompt.

Facts of "zero_shot": ``base``; of "few_shot": ``base``, ``examples`` (text), ``template``,
``verdicts``, ``calibrate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.made_of import open_base
from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import PredictorType
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


class ZeroShot(PredictorType):
    """By the likelihood of the candidate."""

    name = "zero_shot"
    no_folder = (
        "a zero-shot predictor has no weights of its own",
        "export the model that it asks",
    )

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """Cut at the median of the rows that are asked together."""
        from w2sdl_runtime.learning.likelihood import zero_shot_probability

        return zero_shot_probability(open_base(predictor, ctx), items, ctx)


class FewShot(PredictorType):
    """By the verdict that it would write next."""

    name = "few_shot"
    no_folder = (
        "a few-shot predictor has no weights of its own",
        "export the model that it asks",
    )

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """After examples with their verdicts."""
        from w2sdl_runtime.learning.prompting import prompted_probability

        return prompted_probability(predictor, open_base(predictor, ctx), items, ctx)
