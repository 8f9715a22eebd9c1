"""The language-modelling loss over the words of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.losses import Loss

if TYPE_CHECKING:
    from torch import Tensor


@variant("lm")
class Lm(Loss):
    """Cross-entropy of the answer's tokens, given the prompt: mean over the answer tokens of a batch.

    A row of weight 2 counts as two rows. The prompt's tokens are not learned. For text labels, with
    ``head: lm()`` (Burns et al. 2023, chess puzzles as a generative task; the mean over answer tokens
    is our design).
    """

    accepts: ClassVar[tuple[str, ...]] = ("text",)

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """``-sum(w * log p) / sum(w * tokens)``.

        ``logits`` is ``[rows, 3]``: the sum of an answer's log-probabilities, its tokens, and the tokens
        of its row; ``target`` is not read.
        """
        return -(weight * logits[:, 0]).sum() / (weight * logits[:, 1]).sum()
