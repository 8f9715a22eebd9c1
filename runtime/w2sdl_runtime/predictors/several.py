"""Predictors that are several: their mean, or the member that has not seen a row.

Facts of "ensemble": ``members`` (digests); of "folded": ``members``, ``folds`` (which one each has not
seen), ``items`` (digest of the rows that they were trained on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.made_of import members_of
from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import PredictorType, type_of
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


class _Several(PredictorType):
    """Members of one kind, of which the first says what kind of labels all give."""

    def answer_kind(self, predictor: Predictor, ctx: Context) -> str:
        """As its members do."""
        first = members_of(predictor, ctx)[0]
        return type_of(first).answer_kind(first, ctx)


class Ensemble(_Several):
    """The mean of its members."""

    name = "ensemble"
    no_folder = (
        "an ensemble is several predictors, each a folder of its own",
        "export its members by their addresses",
    )

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """The mean."""
        import numpy as np

        each = [type_of(one).predict(one, items, ctx) for one in members_of(predictor, ctx)]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)

    def predict_orders(
        self, predictor: Predictor, items: Items, ctx: Context
    ) -> dict[str, Chances]:
        """The mean in each order, where all members read both."""
        import numpy as np

        if not self.reads_both_orders(predictor, ctx):
            return {}
        members = members_of(predictor, ctx)
        each = [type_of(one).predict_orders(one, items, ctx) for one in members]
        return {name: np.mean([one[name] for one in each], axis=0) for name in each[0]}

    def reads_both_orders(self, predictor: Predictor, ctx: Context) -> bool:
        """Whether all members do."""
        members = members_of(predictor, ctx)
        return all(type_of(one).reads_both_orders(one, ctx) for one in members)


class Folded(_Several):
    """A member for each fold, that has not seen it."""

    name = "folded"
    no_folder = (
        "a predictor with folds is several, one for each fold",
        "export labels that it gave, or train one without folds",
    )

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """By the member that has not seen a row; of rows that none saw, the mean."""
        from w2sdl_runtime.learning.folded import predict_folded

        def by_member(member: Predictor, some: Items, ctx: Context) -> Chances:
            return type_of(member).predict(member, some, ctx)

        return predict_folded(predictor, items, ctx, by_member)

    def words(self, predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
        """Each row by a member that has not seen it: texts have no mean."""
        from w2sdl_runtime.learning.folded import arguing_member

        places = arguing_member(predictor, items, ctx)
        answers = [("", False)] * len(items)
        for at, member in enumerate(members_of(predictor, ctx)):
            own = [row for row, place in enumerate(places) if place == at]
            some = Items(items.table.take(own))
            found = type_of(member).words(member, some, ctx) if own else []
            for row, answer in zip(own, found, strict=True):
                answers[row] = answer
        return answers
