"""The family of weightings: how sure one judge's labels make the weights of others."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Variant, variant

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Weighting(Variant):
    """Weights of rows, at least 0, from what the labels and a judge say of them. All are our design."""

    @abstractmethod
    def weights(self, labels: NDArray[Any], judge: NDArray[Any]) -> NDArray[Any]:
        """The weight of every row, ``[rows]``, from P(class 1) by the labels and by the judge."""


@variant("margin")
class Margin(Weighting):
    """``|2 p - 1|``: 1 where the judge is certain, 0 where it can't tell. Which side does not count."""

    def weights(self, labels: NDArray[Any], judge: NDArray[Any]) -> NDArray[Any]:
        """Twice the distance of the judge from 1/2."""
        distance: NDArray[Any] = abs(2 * judge - 1)
        return distance


@variant("backing")
class Backing(Weighting):
    """``y p + (1 - y)(1 - p)``: the probability that the judge gives to what the label says."""

    def weights(self, labels: NDArray[Any], judge: NDArray[Any]) -> NDArray[Any]:
        """How far the judge backs the label."""
        backed: NDArray[Any] = labels * judge + (1 - labels) * (1 - judge)
        return backed
