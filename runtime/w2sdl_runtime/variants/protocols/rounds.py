"""Debates in rounds, in which both debaters speak (Khan et al. 2024)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from w2sdl_runtime.op import Count, CountOrZero, ParameterCheck, variant
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan, shared
from w2sdl_runtime.variants.protocols.questions import LENGTH, QUESTION, asked_by, asks
from w2sdl_runtime.variants.texts import Text


@variant("simultaneous")
class Simultaneous(Protocol):
    """In every round both debaters speak, and see finished rounds only.

    Half of ``quotes`` are A's and half B's (one more for A when odd), each spread over its rounds,
    the first rounds first. As neither sees the other, both may quote one sentence in a round.
    """

    rounds: Count = 3
    quotes: CountOrZero = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """A and B, round by round."""
        plans: list[TurnPlan] = []
        for by_a, by_b in _quotes(self.quotes, self.rounds):
            seen = len(plans)
            plans += [TurnPlan("A", by_a, sees=seen), TurnPlan("B", by_b, sees=seen)]
        return tuple(plans)


@variant("sequential")
class Sequential(Protocol):
    """The first round is simultaneous; from the second on B has seen what A says in the round.

    Quotes are shared as in ``simultaneous()``.
    """

    rounds: Count = 3
    quotes: CountOrZero = 2

    def script(self) -> tuple[TurnPlan, ...]:
        """A and B, round by round; B sees A's turn from the second round on."""
        plans: list[TurnPlan] = []
        for at, (by_a, by_b) in enumerate(_quotes(self.quotes, self.rounds)):
            plans.append(TurnPlan("A", by_a, sees=2 * at))
            plans.append(TurnPlan("B", by_b, sees=2 * at + (at > 0)))
        return tuple(plans)


@variant("interactive")
class Interactive(Protocol):
    """A simultaneous debate with a question of the judge's before every round but the first.

    ``judge`` is any causal model; ``question`` is its template (Jinja, in a sandbox; the wording is
    ours), answered greedily in ``question_tokens``. A debater that only quotes has no use for
    questions; its reader sees them.
    """

    check: ClassVar[ParameterCheck | None] = asks(
        "rounds", "use simultaneous(), which asks nothing"
    )

    judge: Model
    rounds: Count = 3
    quotes: CountOrZero = 2
    question: str | Text = QUESTION
    question_tokens: Count = LENGTH

    def script(self) -> tuple[TurnPlan, ...]:
        """A and B, round by round, with questions between."""
        plans: list[TurnPlan] = []
        for by_a, by_b in _quotes(self.quotes, self.rounds):
            plans += [TurnPlan("judge", 0, "ask")] if plans else []
            seen = len(plans)
            plans += [TurnPlan("A", by_a, sees=seen), TurnPlan("B", by_b, sees=seen)]
        return tuple(plans)

    def questioner(self) -> tuple[Model, Debater] | None:
        """The judge."""
        return asked_by(self.judge, self.question, self.question_tokens)


def _quotes(total: int, rounds: int) -> Iterator[tuple[int, int]]:
    """How many quotes A and B may show in each round."""
    of_a, of_b = shared(total, 2)
    return zip(shared(of_a, rounds), shared(of_b, rounds), strict=True)
