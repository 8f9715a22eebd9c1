"""The divergence of the student from its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy, weighted_mean

if TYPE_CHECKING:
    from torch import Tensor


@variant("kl")
class Kl(Loss):
    """``KL(y || p)``, the labels' belief before the student's (EleutherAI/w2s and its fork).

    `xent` less the entropy of the labels: the same gradient, and 0 where the student agrees exactly.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean of ``sum_k y_k log(y_k / p_k)``."""
        import torch

        own = torch.xlogy(target, target) + torch.xlogy(1 - target, 1 - target)
        return soft_cross_entropy(logits, target, weight) + weighted_mean(own, weight)
