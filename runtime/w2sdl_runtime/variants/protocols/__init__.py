"""The family of protocols: who speaks when, and how many quotes each turn may show."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

from w2sdl_runtime.op import Variant


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """One turn. "argue" is a debater's; "random" and "all" show sentences that nobody chose."""

    speaker: Literal["A", "B", "passage"]
    quotes: int  #: sentences that it may show
    how: Literal["argue", "random", "all"] = "argue"


class Protocol(Variant):
    """Turns, the same for every item. ``quotes`` is always the total shown to the reader."""

    @abstractmethod
    def script(self) -> tuple[TurnPlan, ...]:
        """The turns in order."""


def shared(total: int, takers: int) -> list[int]:
    """Share quotes out evenly; those that are left over go to the first."""
    return [total // takers + (at < total % takers) for at in range(takers)] if takers else []
