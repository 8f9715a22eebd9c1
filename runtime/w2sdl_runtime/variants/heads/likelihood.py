"""A head that starts from what a language model already says, for models pretrained on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.learning.likelihood import scale_of
from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place
from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.heads import NeuralHead

if TYPE_CHECKING:
    from torch import Tensor


@variant("likelihood")
class Likelihood(NeuralHead):
    """``logit = scale · score + bias + weight · last state / width``; score = how likely it is.

    The score is the mean over the candidate's tokens of (token logit − best logit). At the start
    weight is 0, and scale and bias standardise the scores of the rows to train on, without their
    labels. With context, the transcript stands before the prompt. Causal models only.
    """

    transcript: ClassVar[Place] = "before"

    def wants(self, causal: bool) -> Wanted:
        """The last state and the score."""
        return Wanted("last", likelihood=True)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """The label-free start."""
        import torch

        slope, shift = scale_of(start.scores.numpy())
        return {
            "bias": torch.tensor([shift], dtype=torch.float32),
            "scale": torch.tensor([slope], dtype=torch.float32),
            "weight": torch.zeros(width),
        }

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``scale · score + bias + weight · state / width``."""
        # By width, or the head's fast rate would drown what the model knows in noise: validation
        # accuracy of the ceiling .87 in place of .84.
        linear = reading.pooled @ weights["weight"] / reading.pooled.shape[1]
        return weights["scale"] * reading.scores + weights["bias"] + linear
