"""The family of losses: what ``finetune(loss: ...)`` accepts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.answers import Given
from w2sdl_runtime.op import Mismatch, Variant
from w2sdl_runtime.values import Items

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


class Loss(Variant):
    """A loss over one whole batch. It never sees a part of one: thresholds are batch statistics."""

    #: kinds of labels that it takes: "soft", "hard", "pairwise", "text"
    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard")
    #: whether it reads, beside each log-odds, those that the predictor would answer by now
    reads_answers: ClassVar[bool] = False

    def told(self, items: Items) -> np.ndarray[Any, Any] | None:
        """What it is told of each row to train on beside its label, ``[rows]``; None for nothing.

        Raises:
            PrerequisiteError: for rows that it knows nothing of.
        """
        return None

    @classmethod
    def mismatch(cls, given: Given) -> Mismatch | None:
        """Why what comes in beside the labels is of the wrong kind."""
        return None

    def begun(self, target: Tensor, steps: int) -> Loss:
        """The loss of one training: with all filled in that depends on the training as a whole.

        Args:
            target: the labels of all rows to train on, ``[rows]``.
            steps: of the whole training.
        """
        return self

    def memory(self) -> tuple[Tensor, ...]:
        """What a loss that has begun keeps from batch to batch: written in place, and checkpointed."""
        return ()

    @abstractmethod
    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """The loss of a batch, a scalar.

        Args:
            logits: what the head gives: log-odds of class 1, or that the second is preferred, ``[rows]``;
                of ``head: lm()`` ``[rows, 3]``, as ``lm()`` says; with `reads_answers`, ``[rows, 2]``.
            target: P(class 1), or that the second is preferred, by the labels, ``[rows]``; of texts unread;
                ``[rows, 2]`` with what it is `told`.
            weight: weights of the rows, ``[rows]``, not negative.
            progress: share of all training steps that is done, in [0, 1).
        """


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """``sum(w * v) / sum(w)``: rows of weight 2 count as two rows."""
    return (values * weight).sum() / weight.sum()


def soft_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of ``-(y log p + (1 - y) log(1 - p))``, from log-odds."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return weighted_mean(binary_cross_entropy_with_logits(logits, target, reduction="none"), weight)
