"""The product loss: the target is the student's own belief times the label."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import NonNegative, variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor


@variant("product")
class Product(Loss):
    """Target proportional to ``p^beta * y^alpha``, without gradient (openai/weak-to-strong).

    The target's log-odds are the student's plus the label's, so there is no finite optimum: it
    always pushes on to the label's side.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    alpha: NonNegative = 1.0
    beta: NonNegative = 1.0

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean of the cross-entropy to the product target."""
        import torch

        log_odds = torch.log(target) - torch.log1p(-target)
        # 0 * inf is no number; with a coefficient of 0 the factor is 1 whatever the label.
        pushed = self.alpha * log_odds if self.alpha else torch.zeros_like(log_odds)
        product = torch.sigmoid(self.beta * logits.detach() + pushed)
        return soft_cross_entropy(logits, product, weight)
