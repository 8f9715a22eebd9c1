"""What a type of predictor can do: the family that ``type`` in a predictor's facts names one of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.learning.contexts import by_order
from w2sdl_runtime.learning.made_of import context_of
from w2sdl_runtime.op import Context, PrerequisiteError, import_siblings
from w2sdl_runtime.values import Items, Predictor, Transcripts

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


class PredictorType(ABC):
    """How predictors of one type answer. A predictor is data; what it does stands here."""

    name: ClassVar[str]  #: as facts say it
    #: why its files are no folder that transformers opens, and what to export in its place
    no_folder: ClassVar[tuple[str, str] | None] = None

    @abstractmethod
    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """P(candidate is right) of every item, float64, ``[rows]``.

        Raises:
            PrerequisiteError: for what it needs of the items and does not find.
        """

    def predict_orders(
        self, predictor: Predictor, items: Items, ctx: Context
    ) -> dict[str, Chances]:
        """The same by the order of the debate; {} where it reads no debates in both orders."""
        return {}

    def reads_both_orders(self, predictor: Predictor, ctx: Context) -> bool:
        """Whether it reads debates in both orders."""
        return False

    def answer_kind(self, predictor: Predictor, ctx: Context) -> str:
        """The kind of labels that it gives."""
        return "soft"

    def words(self, predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
        """What it says of every item, and whether that was cut short.

        Raises:
            PrerequisiteError: where it does not answer in words.
        """
        raise PrerequisiteError(
            f"a predictor of type {self.name} doesn't write answers",
            "train it with head: lm(), loss: lm()",
        )

    def chances(
        self, predictor: Predictor, items: Items, ctx: Context
    ) -> tuple[list[str], Chances]:
        """The classes that it tells apart, and how likely each is: ``[rows, classes]``.

        No classes for what judges, and for what writes: any text could be its answer.
        """
        import numpy as np

        return [], np.zeros((len(items), 0))


class Reader(PredictorType):
    """A type that may read transcripts beside the items."""

    @abstractmethod
    def read(
        self, predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
    ) -> Chances:
        """P(candidate is right), with these transcripts."""

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """As it reads; the mean of both orders where there are two."""
        import numpy as np

        orders = self.predict_orders(predictor, items, ctx)
        if orders:
            return np.asarray(np.mean(list(orders.values()), axis=0), dtype=np.float64)
        return self.read(predictor, items, context_of(predictor, ctx), ctx)

    def predict_orders(
        self, predictor: Predictor, items: Items, ctx: Context
    ) -> dict[str, Chances]:
        """By the transcripts of each order."""
        contexts = by_order(context_of(predictor, ctx))
        return {name: self.read(predictor, items, own, ctx) for name, own in contexts.items()}

    def reads_both_orders(self, predictor: Predictor, ctx: Context) -> bool:
        """By its transcripts."""
        return bool(by_order(context_of(predictor, ctx)))


def type_of(predictor: Predictor) -> PredictorType:
    """The type of a predictor.

    Raises:
        ValueError: for facts that no type here wrote.
    """
    import_siblings("w2sdl_runtime.predictors")
    name, waiting = predictor.facts["type"], PredictorType.__subclasses__()
    while waiting:
        cls = waiting.pop()
        if vars(cls).get("name") == name:
            return cls()
        waiting += cls.__subclasses__()
    raise ValueError(f"a predictor of unknown type {name}")
