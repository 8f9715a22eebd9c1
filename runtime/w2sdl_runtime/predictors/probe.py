"""Linear probes.

Facts: ``activations`` (digest), ``classes`` (words, or [] for right and wrong), ``says`` ("chances" of
the classes, or "right"), ``rows``; the file holds the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import PredictorType
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np


class Probe(PredictorType):
    """A regression on stored states: of right and wrong, or of words."""

    name = "probe"
    no_folder = (
        "a probe is a regression on stored states, without a network of its own",
        "export labels that it gave, or the states",
    )

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
        """P(right)."""
        from w2sdl_runtime.learning.probing import probe_right

        return probe_right(predictor, items, ctx)

    def answer_kind(self, predictor: Predictor, ctx: Context) -> str:
        """Text where it tells words apart."""
        return "text" if predictor.facts["classes"] else "soft"

    def words(self, predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
        """The likeliest word; of equal ones the first in the alphabet."""
        from w2sdl_runtime.data.named_classes import likeliest

        classes, chances = self.chances(predictor, items, ctx)
        return [(word, False) for word in likeliest(chances, classes)]

    def chances(
        self, predictor: Predictor, items: Items, ctx: Context
    ) -> tuple[list[str], np.ndarray[Any, Any]]:
        """How likely each word is; without words, nothing."""
        from w2sdl_runtime.learning.probing import probe_chances

        return predictor.facts["classes"], probe_chances(predictor, items, ctx)
