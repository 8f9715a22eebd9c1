"""The auxiliary confidence loss, with its two thresholds and its two warm-ups."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import Fraction, Variant, variant
from w2sdl_runtime.variants.losses import Loss, soft_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor


class Threshold(Variant):
    """Where the student's probabilities of one batch are cut into two classes."""

    @abstractmethod
    def harden(self, probability: Tensor, target: Tensor) -> Tensor:
        """Zeros and ones, ``[rows]``, from the student's P(class 1) and the labels."""


@variant("median")
class Median(Threshold):
    """Half of the batch is class 1: ``p_1 > median(p_1)`` (Burns et al. 2023, the paper's text)."""

    def harden(self, probability: Tensor, target: Tensor) -> Tensor:
        """One where the probability is above the batch's median."""
        import torch

        return (probability > torch.quantile(probability, 0.5)).to(probability.dtype)


@variant("class_share")
class ClassShare(Threshold):
    """As many of class 1 as the labels say: ``p_0 < quantile(p_0, mean y_1)`` (released code)."""

    def harden(self, probability: Tensor, target: Tensor) -> Tensor:
        """One where P(class 0) is below its quantile at the labels' mean."""
        import torch

        other = 1 - probability
        return (other < torch.quantile(other, target.mean())).to(probability.dtype)


class Warmup(Variant):
    """How the weight of the confidence term grows with training."""

    @abstractmethod
    def coefficient(self, alpha: float, progress: float) -> float:
        """The weight at a share of all steps, in [0, alpha]."""


@variant("linear")
class LinearWarmup(Warmup):
    """From 0 to alpha over the first ``share`` of training."""

    share: Fraction = 0.2

    def coefficient(self, alpha: float, progress: float) -> float:
        """``alpha * min(1, progress / share)``."""
        return alpha if self.share == 0 else alpha * min(1.0, progress / self.share)


@variant("openai_jump")
class OpenaiJump(Warmup):
    """As in openai/weak-to-strong: to a tenth of alpha over 10 % of training, then a jump."""

    def coefficient(self, alpha: float, progress: float) -> float:
        """``alpha * progress`` up to 0.1, then alpha."""
        return alpha * progress if progress <= 0.1 else alpha


@variant("logconf")
class Logconf(Loss):
    """Cross-entropy to ``(1 - c) y + c yhat``, yhat = the student hardened, without gradient.

    Burns et al. 2023, equation of section 4.3.2: alpha is 0.75 for the largest students, else 0.5.
    """

    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    alpha: Fraction = 0.5
    threshold: Threshold = Median()
    warmup: Warmup = LinearWarmup()

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Weighted mean; the threshold is a statistic of the whole batch, rows unweighted."""
        import torch

        coefficient = self.warmup.coefficient(self.alpha, progress)
        hardened = self.threshold.harden(torch.sigmoid(logits.detach()), target)
        mixed = (1 - coefficient) * target + coefficient * hardened
        return soft_cross_entropy(logits, mixed, weight)
