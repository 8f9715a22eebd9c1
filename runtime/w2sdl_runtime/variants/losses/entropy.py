"""The entropy loss of EleutherAI/w2s: `logconf` with the student's own soft belief."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import Fraction, variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy
from w2sdl_runtime.variants.losses.warmups import StepsWarmup, Warmup

if TYPE_CHECKING:
    from torch import Tensor


@variant("entropy")
class Entropy(Loss):
    """Cross-entropy to ``(1 - c) y + c p``, p = the student as it is, without gradient.

    From EleutherAI/w2s. Its gradient is ``(1 - c)(p - y)``: that of `xent`, scaled. So it makes no
    student more confident; it lowers the learning rate as c rises.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    alpha: Fraction = 0.5
    warmup: Warmup = StepsWarmup()

    def begun(self, target: Tensor, steps: int) -> Loss:
        """With the warm-up of this training."""
        return self.model_copy(update={"warmup": self.warmup.begun(steps)})

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean of the cross-entropy to the mixed target."""
        import torch

        coefficient = self.warmup.coefficient(self.alpha, progress)
        mixed = (1 - coefficient) * target + coefficient * torch.sigmoid(logits.detach())
        return soft_cross_entropy(logits, mixed, weight)
