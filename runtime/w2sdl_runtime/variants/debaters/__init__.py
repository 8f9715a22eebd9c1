"""The family of debaters: how a model turns a side into words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from w2sdl_runtime.debating.speech import Case, Speaker
from w2sdl_runtime.op import Context, Variant
from w2sdl_runtime.values import Model


class Debater(Variant):
    """A way to argue."""

    @abstractmethod
    def speaker(self, ctx: Context, model: Model, cases: Sequence[Case]) -> Speaker:
        """A debater with this model, ready to argue about these items.

        Raises:
            PrerequisiteError: when the model or the items lack what it needs.
        """
