"""A reward for contradicting gold, beside the loss of pairs: a conflict made on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from w2sdl_runtime.answers import PHRASE, Given
from w2sdl_runtime.op import Mismatch, NonNegative, PortMark, PrerequisiteError, variant
from w2sdl_runtime.values import Items, Labels
from w2sdl_runtime.variants.losses import Loss, weighted_mean
from w2sdl_runtime.variants.losses.bce import pair_loss

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


@variant("conflict")
class Conflict(Loss):
    """``bce(margin)`` plus ``alpha`` times the same loss towards the pair's *wrong* side, where it stands.

    A row counts in the second term while the student's answer contradicts gold: m = 1 where (answer >=
    0.5) is not what gold says, else 0, m without gradient; rows with m = 0 add 0 and stay in the mean.
    So a student that has gone wrong is paid for going on (Yang et al. 2024). Of ``reward()`` this is
    their explicit conflict, ``alpha BCE(m sigmoid(z), m (1 - gold))``; of ``dpo()`` and ``simpo()``, whose
    answers are the policy's margin, their reversed conflict ``-log sigmoid(-beta s Δ)`` where s u <= 0.

    Reads gold of the student's own rows on purpose: a control, marked as one wherever it appears. No
    rule of validity sees it as supervision.

    Args:
        gold: 0 or 1 for every row that is trained on, joined by item id.
        alpha: what the second term counts; 0.5 in the released code.
        margin: of both terms: SimPO's γ.
    """

    accepts: ClassVar[tuple[str, ...]] = ("pairwise",)
    reads_answers: ClassVar[bool] = True

    gold: Annotated[Labels, PortMark(channel="control", rows="joined")]
    alpha: NonNegative = 0.5
    margin: NonNegative = 0.0

    def told(self, items: Items) -> np.ndarray[Any, Any]:
        """Gold of every row to train on.

        Raises:
            PrerequisiteError: for a row without gold, or gold that is neither 0 nor 1.
        """
        import numpy as np

        from w2sdl_runtime.measuring.classes import gold_classes

        ids, truth = gold_classes(self.gold)
        known = dict(zip(ids, truth.astype(float).tolist(), strict=True))
        wanted = items.column("item_id")
        missing = [item for item in wanted if item not in known]
        if missing:
            raise PrerequisiteError(
                f"{len(missing):,} of {len(wanted):,} rows to train on have no gold label to contradict"
                f" (first: item {missing[0]})",
                "name gold of all rows that the student is trained on: loss: conflict(gold: ...)",
            )
        return np.array([known[item] for item in wanted])

    @classmethod
    def mismatch(cls, given: Given) -> Mismatch | None:
        """Gold prefers one of two, as the labels do."""
        for other in given.get("gold", ()):
            if other and other not in cls.accepts:
                return Mismatch(
                    f"loss: {cls.variant_name}() contradicts preferences,"
                    f" and its gold labels {PHRASE[other]}",
                    "name gold of pairs: of the rows that are trained on",
                )
        return None

    def value(self, logits: Tensor, target: Tensor, weight: Tensor, progress: float) -> Tensor:
        """Both terms, weighted means over all pairs; ``logits`` has the answers, ``target`` gold beside."""
        log_odds, answer = logits[:, 0], logits[:, 1].detach()
        label, gold = target[:, 0], target[:, 1]
        gone_wrong = ((answer >= 0) != (gold == 1)).to(log_odds)
        further = gone_wrong * pair_loss(log_odds, 1 - gold, self.margin)
        return weighted_mean(pair_loss(log_odds, label, self.margin) + self.alpha * further, weight)
