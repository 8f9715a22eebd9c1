"""Several answers to one question: what was said, how often, and by how many."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.data.label_meta import (
    ANSWERS,
    CUT_SHORT,
    DROP_REASON,
    ENTROPY,
    NO_ANSWER,
    UNREAD,
    VOTES,
    facts,
)
from w2sdl_runtime.data.named_classes import one_spaced, words_of
from w2sdl_runtime.refining.uncertainty import entropy_of
from w2sdl_runtime.values import Labels

#: The class of all answers that can't be read.
UNREADABLE = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """The answers to one question: counts in the order in which they were first given."""

    counts: Mapping[str, int]
    unread: tuple[str, ...] = ()  #: what was said and is none of the answers that can be read

    @property
    def winner(self) -> str:
        """The answer that most gave; of equally many, the one that was given first."""
        return max(self.counts, key=lambda answer: self.counts[answer])

    def facts(self) -> dict[str, Any]:
        """What ``meta`` of the folded label holds."""
        n = sum(self.counts.values())
        entropy = entropy_of(self.counts.values())
        told = {VOTES: dict(self.counts), ENTROPY: entropy, ANSWERS: n}
        return told | ({UNREAD: list(self.unread)} if self.unread else {})


def said(labels: Labels) -> list[str]:
    """The answer of every row in words: a text, or the class of a probability, "0" or "1".

    What is no answer (empty, cut short, without a number) is `UNREADABLE`.
    """
    if labels.label_kind == "text":
        why = facts(labels, DROP_REASON)
        return [
            UNREADABLE if reason in (CUT_SHORT, NO_ANSWER) else text
            for text, reason in zip(words_of(labels), why, strict=True)
        ]
    values = labels.table.column("value").to_pylist()
    return [UNREADABLE if v is None or v != v else str(int(v > 0.5)) for v in values]


def ballots(answers: Sequence[Sequence[str]], readable: Sequence[Sequence[bool]]) -> list[Ballot]:
    """Row by row, the answers of all that were asked; each of ``answers`` has a word for each row.

    Args:
        answers: what was said, one list for each that was asked.
        readable: whether that is an answer, of the same shape.
    """
    pairs = zip(zip(*answers, strict=True), zip(*readable, strict=True), strict=True)
    return [_ballot(said, can) for said, can in pairs]


def _ballot(answers: Sequence[str], readable: Sequence[bool]) -> Ballot:
    both = list(zip(answers, readable, strict=True))
    unread = dict.fromkeys(answer for answer, can in both if answer and not can)
    return Ballot(Counter(answer if can else UNREADABLE for answer, can in both), tuple(unread))


def options_of(fields: str, column: str) -> frozenset[str] | None:
    """The options that a row of items lists in a column; None where it lists none."""
    found = json.loads(fields).get(column) if fields else None
    return frozenset(one_spaced(str(one)) for one in found) if found else None
