"""Two debaters in turn: A, B, A ..."""

from __future__ import annotations

from w2sdl_runtime.op import Count, CountOrZero, variant
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan, shared


@variant("debate")
class Debate(Protocol):
    """Two debaters with opposite stances speak in turn, A first (Lang et al. 2025: three turns).

    ``quotes`` is the number of sentences shown in all. Half of them are A's and half B's (one more
    for A when odd); each spreads its own over its turns, the first turns first. So two quotes in
    three turns are one of A's in turn 1, one of B's in turn 2, none in turn 3.
    """

    turns: Count = 3
    quotes: CountOrZero = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """A, B, A ..., with each debater's share of the quotes."""
        first = (self.turns + 1) // 2
        second = self.turns - first
        of_a, of_b = shared(self.quotes, 2) if second else (self.quotes, 0)
        by_a, by_b = iter(shared(of_a, first)), iter(shared(of_b, second))
        return tuple(
            TurnPlan("B", next(by_b)) if turn % 2 else TurnPlan("A", next(by_a))
            for turn in range(self.turns)
        )
