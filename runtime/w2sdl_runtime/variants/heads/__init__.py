"""The family of heads: how a model's reading of an item becomes its answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place, Side
from w2sdl_runtime.op import Context, Variant
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts
from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.stops import AtEnd, Stop

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.learning.batching import Rows
    from w2sdl_runtime.models import Network


@dataclass(frozen=True, slots=True)
class Fitting:
    """All that a head is fitted with. ``items`` holds the kept rows only; arrays go with them."""

    ctx: Context
    model: Model
    items: Items
    target: np.ndarray[Any, Any]  #: P(class 1), or that the second is preferred, float64, [rows]
    weight: np.ndarray[Any, Any]  #: float64, [rows]
    context: Transcripts | None
    loss: Loss
    train: Train
    dropped: int  #: rows that the labels exclude
    texts: Sequence[str] = ()  #: the answers, where the labels are texts
    stop: Stop = AtEnd()  # noqa: RUF009 (frozen)
    snapshots: tuple[float, ...] = ()  #: shares of the steps at which the predictor is kept too


class Head(Variant):
    """A head: it is fitted to labels and gives a Predictor."""

    #: kinds of labels that it is fitted to: "soft", "hard", "pairwise", "text"
    accepts: ClassVar[tuple[str, ...]] = ("soft", "hard")
    answers: ClassVar[str] = "soft"  #: the kind of labels that the Predictor gives

    @abstractmethod
    def fit(self, task: Fitting) -> Predictor:
        """Fit to labels.

        Raises:
            PrerequisiteError: when the model or the rows lack what this head reads.
        """


class NeuralHead(Head):
    """A head on a network: a few weights over what it reads, trained together with the body."""

    transcript: ClassVar[Place] = "after"  #: where a transcript stands in the text
    moves_body_alone: ClassVar[bool] = False  #: it has no weights beside the model's own
    sides: ClassVar[tuple[Side, ...]] = ("candidate",)  #: which texts of an item it reads

    @abstractmethod
    def wants(self, causal: bool) -> Wanted:
        """What is read of the network."""

    @abstractmethod
    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """Weights before training, from the unlabelled reading of the rows to train on."""

    @abstractmethod
    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """Log-odds, ``[items]``; with two sides the reading has the candidates, then the rivals.

        Of a head that writes, what its loss reads: ``[items, 3]``, as ``lm()`` says.
        """

    def answer(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """The log-odds that its predictor answers by, ``[items]``: those that it is trained on."""
        return self.logits(weights, reading)

    @property
    def answers_by_start(self) -> bool:
        """Whether its answers need what the model read before it was trained."""
        return False

    def rows(self, network: Network, task: Fitting) -> Rows:
        """The rows of tokens to train on, for each side one an item."""
        from w2sdl_runtime.learning.rows import item_rows

        read = (self.transcript, task.train.max_length, self.sides)
        cut = task.train.truncation
        return item_rows(network, task.items, task.context, *read, truncation=cut)

    def fit(self, task: Fitting) -> Predictor:
        """Train head and body as the model's ``tune`` says.

        Raises:
            PrerequisiteError: for a body that stays as it is, where nothing else would move.
        """
        from w2sdl_runtime.learning.finetuning import check_something_moves, finetune_network

        check_something_moves(self, task)
        return finetune_network(self, task)
