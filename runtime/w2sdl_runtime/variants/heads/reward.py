"""The head of a reward model: which of two completions is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from w2sdl_runtime.learning.reading import Pooling, Reading, Wanted
from w2sdl_runtime.learning.rows import Side
from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.heads import NeuralHead

if TYPE_CHECKING:
    from torch import Tensor


@variant("reward")
class Reward(NeuralHead):
    """One number r for a dialogue with a completion; the log-odds are r(second) − r(first).

    A Bradley-Terry reward model (Burns et al. 2023, reward modelling): P(second is preferred) =
    sigmoid(r(prompt, second) − r(prompt, first)). One linear layer over a pooled state, zero at the
    start; it needs no bias, which would cancel. For pairwise items, with ``loss: bce()``.
    ``pool``: as for ``linear()``.
    """

    accepts: ClassVar[tuple[str, ...]] = ("pairwise",)
    answers: ClassVar[str] = "pairwise"
    sides: ClassVar[tuple[Side, ...]] = ("candidate", "rival")

    pool: Literal["auto", "last", "mean", "first"] = "auto"

    def wants(self, causal: bool) -> Wanted:
        """A pooled state."""
        by_kind: Pooling = "last" if causal else "mean"
        return Wanted(by_kind if self.pool == "auto" else self.pool, likelihood=False)

    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """Zeros: every pair starts at P = 0.5."""
        import torch

        return {"weight": torch.zeros(width)}

    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """R of the candidates minus r of the rivals, ``[rows]``."""
        second, first = (reading.pooled @ weights["weight"]).chunk(2)
        return second - first
