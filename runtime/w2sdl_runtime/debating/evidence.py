"""Whether a passage, and what was quoted of it, support the right option of a row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.debating.speech import split_sentences
from w2sdl_runtime.learning.contexts import as_shown, turns_of
from w2sdl_runtime.learning.features import coverage, words
from w2sdl_runtime.values import Items, Transcripts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """Row by row: is the right option supported by the passage, and by a quote that was shown?"""

    in_passage: NDArray[np.bool_]
    in_quotes: NDArray[np.bool_]


def evidence_for(
    items: Items, truth: NDArray[np.bool_], transcripts: Transcripts, enough: float
) -> Evidence:
    """Look for the right option: the candidate where it is right, else its rival.

    A sentence supports an option by the share of the option's words that it has, times its share of the
    question's words, of those that the passage has; words count by how few of the passage's sentences
    have them. It supports the right option where that is at least ``enough`` and more than for the
    other one. Only a row's own passage decides about the row.

    Raises:
        PrerequisiteError: for a row without a transcript.
    """
    shown = [as_shown(turns).quotes for turns in turns_of(transcripts, items.column("item_id"))]
    columns = [items.column(name) for name in ("prompt", "candidate", "rival", "passage")]
    passages: list[bool] = []
    quotes: list[bool] = []
    for right, said, prompt, candidate, rival, passage in zip(truth, shown, *columns, strict=True):
        options = (candidate, rival) if right else (rival, candidate)
        sentences = split_sentences(passage)
        reading = _Reading(sentences, prompt, options)
        passages.append(reading.finds(sentences, enough))
        quotes.append(reading.finds(said, enough))
    return Evidence(np.array(passages, dtype=bool), np.array(quotes, dtype=bool))


class _Reading:
    """A question with its right option and the other one, read against a passage."""

    def __init__(self, passage: Sequence[str], prompt: str, options: tuple[str, str]) -> None:
        counts = Counter(word for sentence in passage for word in words(sentence))
        total = len(passage)
        self._weights = {word: math.log(1 + total / n) for word, n in sorted(counts.items())}
        self._weights[""] = math.log(1 + total)  # of a word that the passage doesn't have
        self._asked = frozenset(word for word in words(prompt) if word in counts)
        self._options = [words(option) for option in options]

    def finds(self, sentences: Sequence[str], enough: float) -> bool:
        """Whether one of the sentences supports the right option."""
        for sentence in sentences:
            said = words(sentence)
            about = coverage(self._asked, said, self._weights)
            own, other = (about * coverage(o, said, self._weights) for o in self._options)
            if own >= enough and own > other:
                return True
        return False
