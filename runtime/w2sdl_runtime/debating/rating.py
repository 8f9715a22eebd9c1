"""A preference judge: which of several drafts of a turn would win the debate, or help its author."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.debating.speech import Cue, Exchange, Turn
from w2sdl_runtime.learning.judging import JUDGE, Asked, Questions, log_odds
from w2sdl_runtime.learning.writing import compile_template, rendered
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context

if TYPE_CHECKING:
    import numpy as np

#: What the template of the opponent's stock turn may use: the opponent's side.
STOCK_NAMES = ("stance",)

_RATER = Asked("the model whose preference chooses drafts", "leave out best_of: and critique:")

_CRITIQUE = """\
{prompt} {candidate}

An argument on whether this answer is correct: {draft}

A critique of the argument: {critique}

Position A: the critique helps to make the argument better.
Position B: the critique does not help.
Which position is right? End with "Answer: A" or "Answer: B".
"""


class Rater:
    """A model that reads a debate with a draft said; ``stock`` fills the opponent's empty slot."""

    def __init__(self, network: Network, ctx: Context, whose: str = "", stock: str = "") -> None:
        """Make a rater.

        Raises:
            PrerequisiteError: for a ``stock`` with a mistake.
        """
        self._network, self._ctx, self._whose = network, ctx, whose
        self._stock = compile_template(stock, "the stock turn's")
        self._questions = Questions(JUDGE)

    def rate(
        self, exchanges: Sequence[Exchange], cue: Cue, drafts: Sequence[str]
    ) -> np.ndarray[Any, Any]:
        """Log-odds of the speaker's own position, with each draft said, ``[exchanges]``."""
        import numpy as np

        prompts, signs = [], []
        for exchange, draft in zip(exchanges, drafts, strict=True):
            turns = [turn.to_json() for turn in self.filled(exchange, cue, draft)]
            prompts.append(self._questions.ask(exchange.case.item(), turns))
            signs.append(1.0 if cue.speaker == "A" else -1.0)  # position A is debater A's
        odds = log_odds(self._network, prompts, self._ctx, self._whose, _RATER)
        return np.asarray(np.array(signs) * odds, np.float64)

    def rate_critiques(
        self, exchanges: Sequence[Exchange], drafts: Sequence[str], critiques: Sequence[str]
    ) -> np.ndarray[Any, Any]:
        """Log-odds that each critique helps, ``[exchanges]`` (our reading of "a critique judge")."""
        prompts = [
            _CRITIQUE.format(
                prompt=exchange.case.prompt,
                candidate=exchange.case.candidate,
                draft=draft,
                critique=critique,
            )
            for exchange, draft, critique in zip(exchanges, drafts, critiques, strict=True)
        ]
        return log_odds(self._network, prompts, self._ctx, self._whose, _RATER)

    def filled(self, exchange: Exchange, cue: Cue, draft: str) -> list[Turn]:
        """The turns so far and the draft; of the opponent a stock turn, if its own is yet to come.

        A speaks before B.
        """
        said = {cue.speaker: draft}
        if cue.awaited:
            stance = exchange.stance(cue.opponent)
            said[cue.opponent] = rendered(
                self._stock, "the stock turn's", STOCK_NAMES, stance=stance
            )
        number = len(exchange.turns) + 1
        last = [Turn(number, who, exchange.stance(who), said[who], ()) for who in sorted(said)]
        return [*exchange.turns, *last]
