"""The language model's own output as a head: it answers in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.arguments import tune_given
from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place
from w2sdl_runtime.op import Count, ParameterCheck, variant
from w2sdl_runtime.values import Predictor
from w2sdl_runtime.variants.heads import Fitting, NeuralHead

if TYPE_CHECKING:
    from torch import Tensor

    from w2sdl_runtime.learning.batching import Rows
    from w2sdl_runtime.models import Network


def _moves_a_body(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """A language model's output moves with its body."""
    if tune_given(values["model"]) != "linear_probe":
        return None
    fact = "head: lm() has no weights beside the model's own, and linear_probe() moves none of them"
    return fact, "use tune: full() or lora()"


@variant("lm")
class Lm(NeuralHead):
    """Learns to write the answer after the prompt; answers greedily, at most ``max_tokens`` tokens.

    For text labels, with ``loss: lm()``. Burns et al. (2023) train on chess puzzles as a generative
    task; greedy decoding and exact match (``accuracy``) are what we take their measure to be. The
    answer ends with the tokenizer's end token, which is learned with it. With context, the transcript
    stands before the prompt. Causal models only.
    """

    check: ClassVar[ParameterCheck | None] = _moves_a_body
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

    def fit(self, task: Fitting) -> Predictor:
        """Train the body as the model's ``tune`` says.

        Raises:
            PrerequisiteError: for an encoder, a frozen body, or answers that the tokenizer can't write.
        """
        from w2sdl_runtime.learning.answering import check_tunable

        check_tunable(task)
        return super().fit(task)
