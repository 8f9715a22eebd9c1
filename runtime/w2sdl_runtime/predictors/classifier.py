"""Sequence classifiers that were trained elsewhere.

Facts: ``classes`` (how many), ``positive`` (which one is right), ``several`` (may be right at once),
``bias``, ``reader``, ``architecture``, ``dtype``, ``max_length``, ``origin``. The files are a
transformers folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import PredictorType
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np


class Classifier(PredictorType):
    """One text in, P(right) out."""

    name = "classifier"

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
        """Of the class that counts as right."""
        from w2sdl_runtime.learning.classifying import classify

        return classify(predictor, items, ctx)
