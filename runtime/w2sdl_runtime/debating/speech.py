"""What debaters are told and what they say; no model here."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|\n+")


#: The two debates about one item, by the side that A takes.
ORDERS = {True: "correct_first", False: "incorrect_first"}


@dataclass(frozen=True, slots=True)
class Case:
    """One item under debate."""

    item_id: str
    prompt: str
    candidate: str
    rival: str
    passage: str
    sentences: tuple[str, ...]

    def answer(self, argues_correct: bool) -> str:
        """What a side holds to be right: the candidate, or the rival ("" where there is none)."""
        return self.candidate if argues_correct else self.rival

    def item(self) -> dict[str, str]:
        """The columns of the item that speakers and judges may read."""
        return {
            "prompt": self.prompt,
            "candidate": self.candidate,
            "rival": self.rival,
            "passage": self.passage,
        }


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    verified: bool  #: stands in the passage

    def to_json(self) -> dict[str, Any]:
        """As a transcript holds it."""
        return {"text": self.text, "verified": self.verified}


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it was spoken."""

    turn: int
    debater: str
    stance: str  #: "correct" | "incorrect" | "none"
    text: str
    quotes: tuple[Quote, ...]
    truncated: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a transcript holds it."""
        return {
            "turn": self.turn,
            "debater": self.debater,
            "stance": self.stance,
            "text": self.text,
            "quotes": [quote.to_json() for quote in self.quotes],
        }


@dataclass(slots=True)
class Exchange:
    """One item's debate while it goes on."""

    case: Case
    first_correct: bool
    order: str = ""  #: "" of an item's only debate, else which of its two: `ORDERS`
    turns: list[Turn] = field(default_factory=list)

    def argues_correct(self, debater: str) -> bool:
        """The side of a debater; B has the one that A has not."""
        return self.first_correct == (debater == "A")

    def stance(self, debater: str) -> str:
        """``correct`` or ``incorrect``; ``none`` of the judge and of the passage."""
        if debater not in ("A", "B"):
            return "none"
        return "correct" if self.argues_correct(debater) else "incorrect"

    def seen(self, turns: int | None) -> Exchange:
        """The debate as a speaker sees it who has seen so many turns; None: all of them."""
        if turns is None or turns >= len(self.turns):
            return self
        return replace(self, turns=self.turns[:turns])

    def quoted(self) -> set[str]:
        """Sentences that were shown already."""
        return {quote.text for turn in self.turns for quote in turn.quotes}


@dataclass(frozen=True, slots=True)
class Said:
    """What a debater says in one turn."""

    text: str
    quotes: tuple[Quote, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """One turn that a speaker is called for."""

    speaker: str  #: "A", "B" or "judge"
    turn: int
    quotes: int = 0  #: sentences that it may show
    opponent: str = ""  #: who argues the other side in this protocol; "" where nobody does
    awaited: bool = False  #: the opponent has a turn in this round that the speaker has not seen


class Speaker(ABC):
    """A debater with a model, ready to speak about a set of items."""

    prompt_digest: str = ""  #: SHA-256 of the prompt template, "" where no prompt is used

    @abstractmethod
    def speak(self, exchanges: Sequence[Exchange], cue: Cue) -> list[Said]:
        """One turn in every exchange."""


def split_sentences(passage: str) -> tuple[str, ...]:
    """Sentences of a passage, each an exact substring of it; equal ones once."""
    pieces, at = [], 0
    for match in _SENTENCE_END.finditer(passage):
        pieces.append(passage[at : match.end()].strip())
        at = match.end()
    pieces.append(passage[at:].strip())
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def stands_in(quote: str, passage: str) -> bool:
    """Whether a quote stands in a passage, up to case, spacing and punctuation: whole words of it."""
    wanted = _plain(quote)
    return bool(wanted) and f" {wanted} " in f" {_plain(passage)} "


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
