"""The family of layers: which hidden state of a network `embed` reads."""

from __future__ import annotations

from abc import abstractmethod

from w2sdl_runtime.op import CountOrZero, PrerequisiteError, Variant, variant


class Layer(Variant):
    """A place in a network, by number: 0 is the embedding of the words, the last is what heads read."""

    @abstractmethod
    def index(self, layers: int) -> int:
        """The number of the layer in a network of ``layers`` layers.

        Raises:
            PrerequisiteError: when there is no such layer.
        """


@variant("last")
class Last(Layer):
    """The state that heads read."""

    def index(self, layers: int) -> int:
        """The last."""
        return layers


@variant("middle")
class Middle(Layer):
    """The state after half of the layers (as EleutherAI/w2s probes it), rounded up."""

    def index(self, layers: int) -> int:
        """Half."""
        return (layers + 1) // 2


@variant("after")
class After(Layer):
    """The state after ``n`` layers; 0 is the embedding of the words."""

    n: CountOrZero

    def index(self, layers: int) -> int:
        """The given number, if there is such a layer."""
        if self.n > layers:
            raise PrerequisiteError(
                f"after(n: {self.n}) is beyond the last layer: the model has {layers}",
                f"name a layer from 0 to {layers}, or last()",
            )
        return self.n
