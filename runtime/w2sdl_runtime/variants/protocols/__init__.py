"""The family of protocols: who speaks when, what they have seen, and how many quotes each turn may show."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from w2sdl_runtime.op import Context, Variant
from w2sdl_runtime.values import Items, Model

if TYPE_CHECKING:
    from w2sdl_runtime.variants.debaters import Debater


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """One turn. "argue" is a debater's and "ask" the judge's; "random" and "all" show sentences."""

    speaker: Literal["A", "B", "judge", "passage"]
    quotes: int  #: sentences that it may show
    how: Literal["argue", "ask", "random", "all"] = "argue"
    sees: int | None = None  #: turns that its speaker has seen, of the earlier ones; None: all


class Protocol(Variant):
    """Turns, the same for every item. ``quotes`` is always the total shown to the reader."""

    @abstractmethod
    def script(self) -> tuple[TurnPlan, ...]:
        """The turns in order."""

    def questioner(self) -> tuple[Model, Debater] | None:
        """The model that asks questions, and how; None where nobody asks."""
        return None

    def sides(self, ctx: Context, items: Items) -> list[bool] | None:
        """Whether A argues that each candidate is right; None where the stance says it."""
        return None


def shared(total: int, takers: int) -> list[int]:
    """Share quotes out evenly; those that are left over go to the first."""
    return [total // takers + (at < total % takers) for at in range(takers)] if takers else []
