"""The window loss of EleutherAI/w2s: rows that the student is sure of teach it nothing."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import NonNegative, Variant, variant
from w2sdl_runtime.variants.losses import Loss, weighted_mean

if TYPE_CHECKING:
    from torch import Tensor


class Radius(Variant):
    """How far from one half a student may be for a row to count, from the labels."""

    @abstractmethod
    def of(self, target: Tensor) -> float:
        """The radius in a training on these labels, ``[rows]``."""


@variant("midweak")
class Midweak(Radius):
    """The median distance of the labels from one half, over all rows to train on (EleutherAI/w2s)."""

    def of(self, target: Tensor) -> float:
        """``median |y - 1/2|``; of an even number of rows, the mean of the two in the middle."""
        import torch

        return float(torch.quantile((target - 0.5).abs(), 0.5))


@variant("window")
class Window(Loss):
    """Cross-entropy of the rows with ``max p < 1/2 + r``, over the number of all rows of the batch.

    From EleutherAI/w2s, which trains on ground truth with r = 0.51: there every row counts. The mask
    has no gradient. Where no row of a batch counts, the loss is 0.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    r: NonNegative | Radius = 0.15

    def begun(self, target: Tensor, steps: int) -> Loss:
        """With the radius as a number."""
        return Window(r=self.r.of(target)) if isinstance(self.r, Radius) else self

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """``sum_i w_i m_i xent_i / sum_i w_i`` with m = 1 inside the window, else 0."""
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits

        if isinstance(self.r, Radius):
            raise RuntimeError("midweak() must begin with a training")
        belief = torch.sigmoid(logits.detach().abs())
        inside = (belief < 0.5 + self.r).to(logits.dtype)
        own = binary_cross_entropy_with_logits(logits, target, reduction="none")
        return weighted_mean(own * inside, weight)
