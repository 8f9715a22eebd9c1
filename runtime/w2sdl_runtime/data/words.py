"""Naive Bayes over words, cross-fitted over groups: what a model that only counts words can know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from w2sdl_runtime.values import Items

#: More items than these make no AUROC of a lint better; whole groups are left out beyond.
_MOST_ITEMS = 5_000
#: Characters of a text that are read. A leak further in is the same for most rows, or none.
_MOST_TEXT = 4_000
_TOKEN = re.compile(r"\w+|[^\w\s]")

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int_]


def bag_scores(
    items: Items, right: _Bools, halves: _Ints, *, pairwise: bool
) -> tuple[_Floats, _Ints]:
    """Log odds of each item by its words, as the other half has them; and which items were read.

    Words of the prompt and of the candidate are different words: a prompt that stands once with a
    right and once with a wrong candidate then tells nothing. Of pairs only the words count that one
    of the two has, with a minus for the rival's.
    """
    chosen = _sample(items.column("group"))
    rows, words, signs = _occurrences(items, chosen, pairwise=pairwise)
    won = right[chosen][rows] == (signs > 0)
    scores = np.zeros(len(chosen))
    for half in (0, 1):
        learnt = halves[chosen] != half
        share = 0.5 if pairwise else float(right[chosen][learnt].mean()) if learnt.any() else 0.5
        weights = _log_odds(words, won, learnt[rows], share)
        read = ~learnt[rows]
        np.add.at(scores, rows[read], signs[read] * weights[words[read]])
    return scores.round(9), chosen


def _log_odds(words: _Ints, won: _Bools, learnt: _Bools, share: float) -> _Floats:
    """The log odds of each word against those of no word; 0 for one that was never seen."""
    share = min(max(share, 1e-3), 1 - 1e-3)
    size = int(words.max(initial=-1)) + 1
    ones = np.bincount(words[learnt & won], minlength=size) + 2 * share
    zeros = np.bincount(words[learnt & ~won], minlength=size) + 2 * (1 - share)
    return np.asarray(np.log(ones / zeros) - np.log(share / (1 - share)), dtype=np.float64)


def _sample(groups: Sequence[str]) -> _Ints:
    """Places of at most about `_MOST_ITEMS` items, by whole groups, by what their hashes draw."""
    if len(groups) <= _MOST_ITEMS:
        return np.arange(len(groups))
    limit = int(0xFFFF_FFFF * _MOST_ITEMS / len(groups))
    return np.asarray([n for n, group in enumerate(groups) if int(group[:8], 16) <= limit])


def _occurrences(items: Items, chosen: _Ints, *, pairwise: bool) -> tuple[_Ints, _Ints, _Ints]:
    """Row, word and sign of each different word of a row."""
    prompts, candidates = items.column("prompt"), items.column("candidate")
    rivals = items.column("rival") if pairwise else []
    known: dict[str, int] = {}
    rows: list[int] = []
    words: list[int] = []
    signs: list[int] = []
    for row, place in enumerate(chosen.tolist()):
        plus = _words(candidates[place])
        minus = _words(rivals[place]) if pairwise else set()
        before = set() if pairwise else {f"{word}\n" for word in _words(prompts[place])}
        for found, sign in ((plus - minus, 1), (minus - plus, -1), (before, 1)):
            words += _numbers(sorted(found), known)  # in one order, so that sums are equal bytes
            rows += [row] * len(found)
            signs += [sign] * len(found)
    return (
        np.asarray(rows, dtype=np.int_),
        np.asarray(words, dtype=np.int_),
        np.asarray(signs, dtype=np.int_),
    )


def _words(text: str) -> set[str]:
    return set(_TOKEN.findall(text[:_MOST_TEXT].casefold()))


def _numbers(words: Iterable[str], known: dict[str, int]) -> list[int]:
    return [known.setdefault(word, len(known)) for word in words]
