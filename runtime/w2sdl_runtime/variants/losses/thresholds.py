"""Where the student's probabilities are cut into two classes: the thresholds of `logconf`."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from w2sdl_runtime.op import Count, Variant, variant

if TYPE_CHECKING:
    from torch import Tensor


class Threshold(Variant):
    """Where the student's probabilities of one batch are cut into two classes."""

    def begun(self, target: Tensor) -> Threshold:
        """The threshold of one training, from the labels of all its rows."""
        return self

    def memory(self) -> tuple[Tensor, ...]:
        """What it keeps from batch to batch; see `Loss.memory`."""
        return ()

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


@variant("recent")
class Recent(Threshold):
    """A cut at a quantile of the last ``predictions`` of the student, this one too (EleutherAI/w2s).

    The released code reads ``minibatch`` rows at a time, 1 by default, and cuts each by what was
    predicted until then, in earlier batches too; so do we, in the order of the batch, whatever our
    ``micro_batch`` is. Class 1 where ``p_0 < quantile(p_0, q)``. ``at: "half"`` has q = 0.5, which is
    that code's rule for minibatches of one row and with ``balance``; ``at: "labels"`` has q = mean
    y_1 of the minibatch. That code keeps all predictions of a training; here they are as many as
    count, and a training that was killed goes on with them.
    """

    predictions: Count = 32
    minibatch: Count = 1
    at: Literal["half", "labels"] = "half"

    def begun(self, target: Tensor) -> Threshold:
        """With an empty memory, on the device of the labels."""
        import torch

        kept = torch.full((self.predictions,), torch.nan, dtype=target.dtype, device=target.device)
        return _Remembering(rule=self, kept=kept)

    def harden(self, probability: Tensor, target: Tensor) -> Tensor:
        """Not possible before a training has begun: there is nothing to remember with."""
        raise RuntimeError("recent() must begin with a training")


class _Remembering(Threshold):
    """`Recent` in one training: ``kept`` is P(class 0) of the last rows, the newest last, or NaN."""

    rule: Recent
    kept: Any

    def memory(self) -> tuple[Tensor, ...]:
        return (self.kept,)

    def harden(self, probability: Tensor, target: Tensor) -> Tensor:
        """One where P(class 0) is below the quantile of what was predicted until then."""
        import torch

        size = self.rule.minibatch
        parts = zip(torch.split(1 - probability, size), torch.split(target, size), strict=True)
        return torch.cat([self._cut(other, y) for other, y in parts]).to(probability.dtype)

    def _cut(self, other: Tensor, target: Tensor) -> Tensor:
        import torch

        self.kept.copy_(torch.cat([self.kept, other.to(self.kept.dtype)])[-len(self.kept) :])
        share = 0.5 if self.rule.at == "half" else float(target.mean())
        return other < torch.nanquantile(self.kept, share).to(other.dtype)
