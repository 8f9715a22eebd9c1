"""Direct preference optimisation: the language model itself prefers, measured from where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from w2sdl_runtime.arguments import moves_a_body
from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place, Side
from w2sdl_runtime.op import ParameterCheck, Positive, variant
from w2sdl_runtime.variants.heads import NeuralHead

if TYPE_CHECKING:
    from torch import Tensor


@variant("dpo")
class Dpo(NeuralHead):
    """The log-odds are ``beta · Δ``, Δ = how much further than the frozen start it prefers the second.

    u = log π(second) − log π(first), summed over the tokens of the completions, no end token; Δ = u −
    u of the model that this training begins from, read once before the first step. With ``loss: bce()``
    this is DPO (Rafailov et al. 2023; Yang et al. 2024), soft labels included; ``bce(margin: ...)`` and
    other losses of pairs are defined too. A training that begins from a predictor is measured from that.

    What the predictor answers is P(second) = sigmoid(margin / ``scale``). The margin is u, as in the
    released code of Yang et al., which divides by 50 where it asks how sure a model is; with
    ``relative: true`` it is Δ, the implicit reward, and ``scale: 10`` is then sigmoid(β Δ) at β = .1.
    With context, the transcript stands before the prompt. Causal models only.
    """

    check: ClassVar[ParameterCheck | None] = moves_a_body("dpo")
    accepts: ClassVar[tuple[str, ...]] = ("pairwise",)
    answers: ClassVar[str] = "pairwise"
    transcript: ClassVar[Place] = "before"
    sides: ClassVar[tuple[Side, ...]] = ("candidate", "rival")
    moves_body_alone: ClassVar[bool] = True

    beta: Positive = 0.1
    scale: Positive = 50.0
    relative: bool = False

    def wants(self, causal: bool) -> Wanted:
        """The log-probabilities of the completions, now and at the start."""
        return Wanted("last", likelihood=False, words=True, start=True)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """None of its own."""
        return {}

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``beta · Δ``."""
        return self.beta * (preferred(reading.scores[:, 0]) - preferred(reading.starts[:, 0]))

    def answer(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """``u / scale``, or ``Δ / scale``."""
        margin = preferred(reading.scores[:, 0])
        if self.relative:
            margin = margin - preferred(reading.starts[:, 0])
        return margin / self.scale

    @property
    def answers_by_start(self) -> bool:
        """Only of the implicit reward."""
        return self.relative


def preferred(by_text: Tensor) -> Tensor:
    """How much more the second of each pair has; first all seconds stand, then all firsts."""
    second, first = by_text.chunk(2)
    return second - first
