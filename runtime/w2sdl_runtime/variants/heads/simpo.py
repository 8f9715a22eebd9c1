"""Simple preference optimisation: the language model itself prefers, by the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.arguments import moves_a_body
from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place, Side
from w2sdl_runtime.op import ParameterCheck, Positive, variant
from w2sdl_runtime.variants.heads import NeuralHead
from w2sdl_runtime.variants.heads.dpo import preferred

if TYPE_CHECKING:
    from torch import Tensor


@variant("simpo")
class Simpo(NeuralHead):
    """The log-odds are ``beta · m``, m = mean log π(token) of the second completion minus of the first.

    Means over the tokens of each completion, no end token, and no reference model. With ``loss:
    bce(margin: 1.0)`` this is SimPO with γ = 1 (Meng et al. 2024; Yang et al. 2024): −log σ(β m − γ)
    for a pair whose second is preferred, −log σ(−β m − γ) for the others. Soft labels mix the two.

    What the predictor answers is P(second) = sigmoid(m / ``scale``). With context, the transcript stands
    before the prompt. Causal models only.
    """

    check: ClassVar[ParameterCheck | None] = moves_a_body("simpo")
    accepts: ClassVar[tuple[str, ...]] = ("pairwise",)
    answers: ClassVar[str] = "pairwise"
    transcript: ClassVar[Place] = "before"
    sides: ClassVar[tuple[Side, ...]] = ("candidate", "rival")
    moves_body_alone: ClassVar[bool] = True

    beta: Positive = 2.0
    scale: Positive = 1.0

    def wants(self, causal: bool) -> Wanted:
        """The log-probabilities of the completions."""
        return Wanted("last", likelihood=False, words=True)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """None of its own."""
        return {}

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``beta · m``."""
        return self.beta * _by_the_token(reading)

    def answer(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``m / scale``."""
        return _by_the_token(reading) / self.scale


def _by_the_token(reading: Reading) -> Tensor:
    return preferred(reading.scores[:, 0] / reading.scores[:, 1])
