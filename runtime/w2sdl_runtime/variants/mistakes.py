"""The family of mistakes: which rows `corrupt` labels wrongly (Burns et al. 2023, error structure)."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context, Variant, variant
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np


class Mistakes(Variant):
    """A form of error: it ranks the rows, and the first ones get the wrong label."""

    @abstractmethod
    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """A number for each row; rows with the smallest are corrupted first."""


@variant("random_flips")
class RandomFlips(Mistakes):
    """Rows at random, each by a draw of its own from the seed and its id."""

    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """The rows' draws."""
        import numpy as np

        return np.array([ctx.row_stream("flips", item) for item in items.column("item_id")])


@variant("longest_prompts")
class LongestPrompts(Mistakes):
    """The longest items, by characters of prompt and candidate."""

    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """Lengths, the longest first."""
        return -_lengths(items)


@variant("shortest_prompts")
class ShortestPrompts(Mistakes):
    """The shortest items, by characters of prompt and candidate."""

    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """Lengths, the shortest first."""
        return _lengths(items)


@variant("ceiling_least_confident")
class CeilingLeastConfident(Mistakes):
    """The rows of which the strong model trained on gold is least sure: P nearest to one half."""

    ceiling: Predictor

    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """How far P is from one half."""
        import numpy as np

        from w2sdl_runtime.predictors import predict

        distance: np.ndarray[Any, Any] = np.abs(predict(self.ceiling, items, ctx) - 0.5)
        return distance


@variant("ceiling_confidently_right")
class CeilingConfidentlyRight(Mistakes):
    """The rows on which the strong model trained on gold gives the right class the largest P."""

    ceiling: Predictor

    def rank(self, items: Items, truth: np.ndarray[Any, Any], ctx: Context) -> np.ndarray[Any, Any]:
        """P of the wrong class."""
        import numpy as np

        from w2sdl_runtime.predictors import predict

        probability = predict(self.ceiling, items, ctx)
        return np.where(truth, 1 - probability, probability)


def _lengths(items: Items) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.array([len(text) for text in items.texts()])
