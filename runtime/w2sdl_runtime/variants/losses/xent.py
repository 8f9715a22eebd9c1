"""Plain cross-entropy to soft or hard labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor


@variant("xent")
class Xent(Loss):
    """Cross-entropy to the labels as they are (Burns et al. 2023, naive finetuning)."""

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean of ``-sum_k y_k log p_k``."""
        return soft_cross_entropy(logits, target, weight)
