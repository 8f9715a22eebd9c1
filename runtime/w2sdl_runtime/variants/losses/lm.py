"""The language-modelling loss over the words of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.losses import Loss

if TYPE_CHECKING:
    from torch import Tensor


@variant("lm")
class Lm(Loss):
    """Cross-entropy of the answer's tokens, given the prompt: mean over the answer tokens of a batch.

    The prompt's tokens are not learned. For text labels, with ``head: lm()`` (Burns et al. 2023, chess
    puzzles as a generative task; the mean over answer tokens is our design). ``normalise`` is what a
    batch is divided by:

    - "weights": answer tokens times the weight of their row: a row of weight 2 counts as two rows
    - "answer_tokens": answer tokens as they are, so that small weights make a small loss
    - "all_positions": all tokens, the prompt's too, so that a long prompt makes a small loss, as in the
      released code of Guo & Yang (2024). Padding is not counted here: which rows share a batch should
      not change what a row teaches.

    Without weights the first two are one.
    """

    accepts: ClassVar[tuple[str, ...]] = ("text",)
    normalise: Literal["weights", "answer_tokens", "all_positions"] = "weights"

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """``-sum(w * log p)`` over what it is divided by.

        ``logits`` is ``[rows, 3]``: the sum of an answer's log-probabilities, its tokens, and the tokens
        of its row; ``target`` is not read.
        """
        if self.normalise == "weights":
            among = weight * logits[:, 1]
        else:
            among = logits[:, 1 if self.normalise == "answer_tokens" else 2]
        return -(weight * logits[:, 0]).sum() / among.sum()
