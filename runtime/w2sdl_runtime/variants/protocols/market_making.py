"""One debater against what another model says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from w2sdl_runtime.op import Context, CountOrZero, ParameterCheck, variant
from w2sdl_runtime.values import Items, Predictor
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan


def _gives_out_sides(values: Mapping[str, Any]) -> tuple[str, str] | None:
    stance = values["stance"]["variant"]
    if stance == "random_side":
        return None
    fact = f"market_making() gives out the sides itself; it has no use for {stance}()"
    return fact, "leave out stance:"


@variant("market_making")
class MarketMaking(Protocol):
    """The first debater argues for the answer that ``against`` did not choose, in one turn.

    Lang et al. (2025): ``against`` is the naively finetuned weak model. It chooses "right" where its
    probability is above 0.5. The default stance has no say. Rows whose gold ``against`` was fitted on
    must be answered out of fold: ``finetune(W, gold(folds(data.part, k: 5)))``; else the sides would
    tell that gold, and the spec does not compile.
    """

    check: ClassVar[ParameterCheck | None] = _gives_out_sides

    against: Predictor
    quotes: CountOrZero = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """One turn of A's."""
        return (TurnPlan("A", self.quotes),)

    def sides(self, ctx: Context, items: Items) -> list[bool] | None:
        """The side opposite to the answer of ``against``."""
        from w2sdl_runtime.predictors import predict

        return [bool(value <= 0.5) for value in predict(self.against, items, ctx)]
