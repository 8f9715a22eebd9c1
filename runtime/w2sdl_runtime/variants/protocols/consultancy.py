"""One debater, one side."""

from __future__ import annotations

from typing import ClassVar

from w2sdl_runtime.op import Count, CountOrZero, ParameterCheck, variant
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan, shared
from w2sdl_runtime.variants.protocols.questions import LENGTH, QUESTION, asked_by, asks
from w2sdl_runtime.variants.texts import Text


@variant("consultancy")
class Consultancy(Protocol):
    """The first debater alone argues its stance, and shows ``quotes`` sentences in all.

    Lang et al. (2025): one turn for an answer drawn at random. Khan et al. (2024): three rounds with
    a question of the judge's before the second and the third (``turns: 3, judge: W``), once for each
    answer (``stance: both_orders()``). ``judge`` is any causal model; ``question`` is its template
    (Jinja, in a sandbox), answered greedily in ``question_tokens``. A debater that only quotes has
    no use for questions; its reader sees them.
    """

    check: ClassVar[ParameterCheck | None] = asks("turns", "leave out judge:")

    quotes: CountOrZero = 2
    turns: Count = 1
    judge: Model | None = None
    question: str | Text = QUESTION
    question_tokens: Count = LENGTH

    def script(self) -> tuple[TurnPlan, ...]:
        """Turns of A's, with a question before each but the first where there is a judge."""
        plans: list[TurnPlan] = []
        for turn, quotes in enumerate(shared(self.quotes, self.turns)):
            plans += [TurnPlan("judge", 0, "ask")] if turn and self.judge is not None else []
            plans.append(TurnPlan("A", quotes))
        return tuple(plans)

    def questioner(self) -> tuple[Model, Debater] | None:
        """The judge, if there is one."""
        return asked_by(self.judge, self.question, self.question_tokens)
