"""The family of origins: who made what a file holds, as its owner states it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

from pydantic import Field

from w2sdl_runtime.op import Variant, variant


class Origin(Variant):
    """A statement that nothing can check; it is kept with the result and printed by the report."""

    @abstractmethod
    def text(self) -> str:
        """The origin in words."""


@variant("human")
class Human(Origin):
    """People; ``by`` may say which."""

    by: str = ""

    def text(self) -> str:
        """``people``, and which."""
        return f"people ({self.by})" if self.by else "people"


@variant("model")
class OfModel(Origin):
    """A model from outside this experiment, by its name."""

    name: Annotated[str, Field(min_length=1)]

    def text(self) -> str:
        """``the model NAME``."""
        return f"the model {self.name}"
