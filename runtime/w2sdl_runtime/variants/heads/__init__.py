"""The family of heads: how a model's reading of an item becomes P(candidate is right)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.learning.reading import Reading, Wanted
from w2sdl_runtime.learning.rows import Place
from w2sdl_runtime.op import Context, Variant
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts
from w2sdl_runtime.variants.losses import Loss

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Fitting:
    """All that a head is fitted with. ``items`` holds the kept rows only; arrays go with them."""

    ctx: Context
    model: Model
    items: Items
    target: np.ndarray[Any, Any]  #: P(class 1) by the labels, float64, [rows]
    weight: np.ndarray[Any, Any]  #: float64, [rows]
    context: Transcripts | None
    loss: Loss
    train: Train
    dropped: int  #: rows that the labels exclude


class Head(Variant):
    """A head: it is fitted to labels and gives a Predictor."""

    @abstractmethod
    def fit(self, task: Fitting) -> Predictor:
        """Fit to labels.

        Raises:
            PrerequisiteError: when the model or the rows lack what this head reads.
        """


class NeuralHead(Head):
    """A head on a network: a few weights over what it reads, trained together with the body."""

    transcript: ClassVar[Place] = "after"  #: where a transcript stands in the text

    @abstractmethod
    def wants(self, causal: bool) -> Wanted:
        """What is read of the network."""

    @abstractmethod
    def weights(self, width: int, start: Reading) -> dict[str, Tensor]:
        """Weights before training, from the unlabelled reading of the rows to train on."""

    @abstractmethod
    def logits(self, weights: dict[str, Tensor], reading: Reading) -> Tensor:
        """Log-odds, ``[rows]``."""

    def fit(self, task: Fitting) -> Predictor:
        """Train head and body as the model's ``tune`` says."""
        from w2sdl_runtime.learning.finetuning import finetune_network

        return finetune_network(self, task)
