"""The loss of a reward model over pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import NonNegative, variant
from w2sdl_runtime.variants.losses import Loss, weighted_mean

if TYPE_CHECKING:
    from torch import Tensor


@variant("bce")
class Bce(Loss):
    """``-y log sigmoid(z - margin) - (1 - y) log sigmoid(-z - margin)``, z = r(second) − r(first).

    Without a margin this is the binary cross-entropy to P(second is preferred), soft or hard (Burns et
    al. 2023, reward models; Yang et al. 2024). With hard labels and a margin it is the loss of trl's
    RewardTrainer, ``-log sigmoid(r_chosen - r_rejected - margin)``; for soft labels the margin on both
    sides is our design. With ``head: dpo()`` z is beta Δ, with ``head: simpo()`` beta m, and the margin is
    SimPO's gamma.
    """

    accepts: ClassVar[tuple[str, ...]] = ("pairwise",)

    margin: NonNegative = 0.0

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean over pairs."""
        return weighted_mean(pair_loss(logits, target, self.margin), weight)


def pair_loss(logits: Tensor, target: Tensor, margin: float) -> Tensor:
    """The loss of each pair, ``[rows]``: `Bce`."""
    from torch.nn.functional import softplus

    return target * softplus(margin - logits) + (1 - target) * softplus(margin + logits)
