"""The language model's own output as a head: it answers in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.arguments import moves_a_body
from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place
from w2sdl_runtime.op import Count, ParameterCheck, variant
from w2sdl_runtime.variants.heads import Fitting, NeuralHead

if TYPE_CHECKING:
    from torch import Tensor

    from w2sdl_runtime.learning.batching import Rows
    from w2sdl_runtime.models import Network


@variant("lm")
class Lm(NeuralHead):
    """Learns to write the answer after the prompt; answers greedily, at most ``max_tokens`` tokens.

    For text labels, with ``loss: lm()``. Burns et al. (2023) train on chess puzzles as a generative
    task; greedy decoding and exact match (``accuracy``) are what we take their measure to be. The
    answer ends with the tokenizer's end token, which is learned with it. With context, the transcript
    stands before the prompt. Causal models only.
    """

    check: ClassVar[ParameterCheck | None] = moves_a_body("lm")
    moves_body_alone: ClassVar[bool] = True
    accepts: ClassVar[tuple[str, ...]] = ("text",)
    answers: ClassVar[str] = "text"
    transcript: ClassVar[Place] = "before"

    max_tokens: Count = 16

    def wants(self, causal: bool) -> Wanted:
        """The log-probabilities of the answer's tokens."""
        return Wanted("last", likelihood=False, words=True)

    def rows(self, network: Network, task: Fitting) -> Rows:
        """Prompt and answer; the label's words stand where a candidate would."""
        from w2sdl_runtime.learning.answering import answer_rows

        return answer_rows(network, task, self.max_tokens)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """None of its own."""
        return {}

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """Sum of the answer's log-probabilities, its tokens, and those of the row, ``[rows, 3]``."""
        return reading.scores
