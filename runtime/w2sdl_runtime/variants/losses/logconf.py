"""The auxiliary confidence loss, in the paper's form and in those of the released codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import Fraction, variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy
from w2sdl_runtime.variants.losses.thresholds import Median, Threshold
from w2sdl_runtime.variants.losses.warmups import LinearWarmup, Warmup

if TYPE_CHECKING:
    from torch import Tensor

#: Labels of 0 and 1 are moved inside by this much before their log-odds are taken (EleutherAI/w2s).
_INSIDE = 1e-7


@variant("logconf")
class Logconf(Loss):
    """Cross-entropy to ``(1 - c) y + c yhat``, yhat = the student hardened, without gradient.

    Burns et al. 2023, equation of section 4.3.2: alpha is 0.75 for the largest students, else 0.5.
    ``balance`` first moves the labels of a batch to mean log-odds of 0. The form of EleutherAI/w2s is
    ``logconf(threshold: recent(), warmup: steps())``.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    alpha: Fraction = 0.5
    threshold: Threshold = Median()
    warmup: Warmup = LinearWarmup()
    balance: bool = False

    def begun(self, target: Tensor, steps: int) -> Loss:
        """With the threshold and the warm-up of this training."""
        threshold, warmup = self.threshold.begun(target), self.warmup.begun(steps)
        return self.model_copy(update={"threshold": threshold, "warmup": warmup})

    def memory(self) -> tuple[Tensor, ...]:
        """What the threshold remembers."""
        return self.threshold.memory()

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean; the threshold is a statistic of the whole batch, rows unweighted."""
        import torch

        coefficient = self.warmup.coefficient(self.alpha, progress)
        label = balanced(target) if self.balance else target
        hardened = self.threshold.harden(torch.sigmoid(logits.detach()), label)
        mixed = (1 - coefficient) * label + coefficient * hardened
        return soft_cross_entropy(logits, mixed, weight)


def balanced(target: Tensor) -> Tensor:
    """``sigmoid(logit y - mean logit y)`` over a batch (EleutherAI/w2s)."""
    import torch

    log_odds = torch.logit(target, eps=_INSIDE)
    return torch.sigmoid(log_odds - log_odds.mean())
