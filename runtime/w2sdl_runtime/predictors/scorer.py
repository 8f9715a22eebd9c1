"""Services that score texts.

Facts: ``attribute`` (what is scored), ``languages``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import PredictorType
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np


class ApiScorer(PredictorType):
    """One text in, a score out."""

    name = "api_scorer"
    no_folder = ("a service has no weights here", "export labels that it gave")

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
        """As the service says it."""
        from w2sdl_runtime.endpoints.scoring import scores

        facts = predictor.facts
        return scores(items.texts(), facts["attribute"], facts["languages"], ctx)
