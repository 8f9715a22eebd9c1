"""How well a label can be guessed from surface marks alone (methods reference, AT-11)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from w2sdl_runtime.data.words import bag_scores
from w2sdl_runtime.values import Items, Labels

#: A mark that separates the classes better than this is worth a warning, if it isn't chance.
SUSPICIOUS = 0.6
_SURE = 3.0  # standard errors of an AUROC at chance

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int_]


def guessability(items: Items, labels: Labels) -> dict[str, float]:
    """AUROC of surface marks of the candidate for the gold label; of the prompt without candidates.

    ``length`` counts characters, in whichever direction separates better. ``first_token``,
    ``last_token`` and ``bag_of_words`` (naive Bayes over the words of prompt and candidate) score an
    item by how often its words were right in the *other* half of the groups, so that a rare word
    can't give away its own label. Of pairs, every mark is the candidate's minus its rival's.
    0.5 is chance; {} if one class is missing, and for labels that are texts.
    """
    if labels.label_kind == "text":
        return {}
    gold = np.asarray(labels.table.column("value").to_pylist(), dtype=np.float64)
    right = gold == 1.0
    if right.all() or not right.any():
        return {}
    halves = np.asarray([int(group[-1], 16) % 2 for group in items.column("group")])
    sides = _sides(items, pairwise=labels.label_kind == "pairwise")
    tokens = [[text.split() or [""] for text in side] for side in sides]
    lengths = [np.asarray([float(len(text)) for text in side]) for side in sides]
    length = auroc(_difference(lengths), right)
    first = [[words[0] for words in side] for side in tokens]
    last = [[words[-1] for words in side] for side in tokens]
    scores, chosen = bag_scores(items, right, halves, pairwise=labels.label_kind == "pairwise")
    return {
        "length": max(length, 1.0 - length),
        "first_token": auroc(_token_scores(first, right, halves), right),
        "last_token": auroc(_token_scores(last, right, halves), right),
        "bag_of_words": auroc(scores, right[chosen]) if _both(right[chosen]) else 0.5,
    }


def suspicious_marks(marks: Mapping[str, float], right: int, wrong: int) -> dict[str, float]:
    """Marks above `SUSPICIOUS` that so many right and wrong items don't show by chance."""
    if not right or not wrong:
        return {}
    error = math.sqrt((right + wrong + 1) / (12 * right * wrong))
    limit = max(SUSPICIOUS, 0.5 + _SURE * error)
    return {mark: value for mark, value in marks.items() if value > limit}


def auroc(scores: _Floats, right: _Bools) -> float:
    """P(score of a right item > score of a wrong one), ties counted half (Mann-Whitney U)."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    ones, zeros = int(right.sum()), int((~right).sum())
    rank_sum = float(mean_ranks[place][right].sum())
    return (rank_sum - ones * (ones + 1) / 2) / (ones * zeros)


def _both(right: _Bools) -> bool:
    return bool(right.any() and not right.all())


def _sides(items: Items, *, pairwise: bool) -> list[list[str]]:
    """The texts that marks are read off: of pairs, the candidate and its rival."""
    candidates = items.column("candidate")
    if pairwise:
        return [candidates, items.column("rival")]
    return [candidates if any(candidates) else items.column("prompt")]


def _difference(sides: Sequence[_Floats]) -> _Floats:
    return sides[0] - sides[1] if len(sides) == 2 else sides[0]


def _token_scores(sides: Sequence[Sequence[str]], right: _Bools, halves: _Ints) -> _Floats:
    """Log odds of being right by token, counted in the other half; one pseudo-count a class.

    A token of a rival counts as right where its candidate is wrong.
    """
    seen = [Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()]
    for side, tokens in enumerate(sides):
        won = right if side == 0 else ~right
        for token, is_right, half in zip(tokens, won.tolist(), halves.tolist(), strict=True):
            seen[1 - half][token, is_right] += 1
    scores = [
        np.asarray(
            [
                math.log((seen[half][token, True] + 1) / (seen[half][token, False] + 1))
                for token, half in zip(tokens, halves.tolist(), strict=True)
            ]
        )
        for tokens in sides
    ]
    return _difference(scores)
