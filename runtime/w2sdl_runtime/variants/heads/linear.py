"""The usual classification head, for really pretrained models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from w2sdl_runtime.learning.reading import Pooling, Reading, Wanted
from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.heads import NeuralHead

if TYPE_CHECKING:
    from torch import Tensor


@variant("linear")
class Linear(NeuralHead):
    """One linear layer, zero at the start. With context, the transcript follows the item.

    ``pool``: which state it reads. "auto" is the last real token of a causal model and the mean
    over real tokens of an encoder (as sentence encoders are trained); "first" is an encoder's
    classification token.
    """

    pool: Literal["auto", "last", "mean", "first"] = "auto"

    def wants(self, causal: bool) -> Wanted:
        """A pooled state."""
        by_kind: Pooling = "last" if causal else "mean"
        return Wanted(by_kind if self.pool == "auto" else self.pool, likelihood=False)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """Zeros: every row starts at P = 0.5."""
        import torch

        return {"bias": torch.zeros(1), "weight": torch.zeros(width)}

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``weight · state + bias``."""
        return reading.pooled @ weights["weight"] + weights["bias"]
