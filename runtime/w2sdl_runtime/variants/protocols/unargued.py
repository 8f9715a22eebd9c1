"""Controls in which nobody argues: no evidence, sentences drawn at random, the whole passage."""

from __future__ import annotations

from w2sdl_runtime.op import Count, variant
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan


@variant("none")
class Nothing(Protocol):
    """No evidence: every transcript is empty."""

    def script(self) -> tuple[TurnPlan, ...]:
        """No turn."""
        return ()


@variant("blind")
class Blind(Nothing):
    """``none()`` by the name that it has where a judge decides (Khan et al. 2024)."""


@variant("random_quotes")
class RandomQuotes(Protocol):
    """``n`` different sentences of the passage, drawn at random, in the order of the passage."""

    n: Count = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """One turn that nobody argues."""
        return (TurnPlan("passage", self.n, "random"),)


@variant("full_passage")
class FullPassage(Protocol):
    """All sentences of the passage: what the best choice of quotes could show."""

    def script(self) -> tuple[TurnPlan, ...]:
        """One turn with everything."""
        return (TurnPlan("passage", 0, "all"),)


@variant("oracle")
class Oracle(FullPassage):
    """``full_passage()`` by the name that it has where a judge decides (Khan et al. 2024)."""
