"""One debater, one side."""

from __future__ import annotations

from w2sdl_runtime.op import CountOrZero, variant
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan


@variant("consultancy")
class Consultancy(Protocol):
    """The first debater alone argues its stance, and shows all ``quotes`` in one turn."""

    quotes: CountOrZero = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """One turn of A's."""
        return (TurnPlan("A", self.quotes),)
