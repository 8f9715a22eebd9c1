"""How well a label can be guessed from surface marks alone (methods reference, AT-11)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from w2sdl_runtime.values import Items, Labels

#: A mark that separates the classes better than this is worth a warning, if it isn't chance.
SUSPICIOUS = 0.6
_SURE = 3.0  # standard errors of an AUROC at chance


def guessability(items: Items, labels: Labels) -> dict[str, float]:
    """AUROC of surface marks of the candidate for the gold label; of the prompt without candidates.

    ``length`` counts characters, in whichever direction separates better. ``first_token`` and
    ``last_token`` score an item by how often its token was right in the *other* half of the groups,
    so that a rare token can't give away its own label. 0.5 is chance; {} if one class is missing.
    """
    candidates = items.column("candidate")
    texts = candidates if any(candidates) else items.column("prompt")
    gold = np.asarray(labels.table.column("value").to_pylist(), dtype=np.float64)
    right = gold == 1.0
    if right.all() or not right.any():
        return {}
    halves = np.asarray([int(group[-1], 16) % 2 for group in items.column("group")])
    tokens = [text.split() or [""] for text in texts]
    length = auroc(np.asarray([float(len(text)) for text in texts]), right)
    return {
        "length": max(length, 1.0 - length),
        "first_token": auroc(_token_scores([t[0] for t in tokens], right, halves), right),
        "last_token": auroc(_token_scores([t[-1] for t in tokens], right, halves), right),
    }


def suspicious_marks(marks: Mapping[str, float], right: int, wrong: int) -> dict[str, float]:
    """Marks above `SUSPICIOUS` that so many right and wrong items don't show by chance."""
    if not right or not wrong:
        return {}
    error = math.sqrt((right + wrong + 1) / (12 * right * wrong))
    limit = max(SUSPICIOUS, 0.5 + _SURE * error)
    return {mark: value for mark, value in marks.items() if value > limit}


def auroc(scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """P(score of a right item > score of a wrong one), ties counted half (Mann-Whitney U)."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    ones, zeros = int(right.sum()), int((~right).sum())
    rank_sum = float(mean_ranks[place][right].sum())
    return (rank_sum - ones * (ones + 1) / 2) / (ones * zeros)


def _token_scores(
    tokens: Sequence[str], right: npt.NDArray[np.bool_], halves: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    """Log odds of being right by token, counted in the other half; one pseudo-count a class."""
    seen = [Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()]
    for token, is_right, half in zip(tokens, right.tolist(), halves.tolist(), strict=True):
        seen[1 - half][token, is_right] += 1
    return np.asarray(
        [
            math.log((seen[half][token, True] + 1) / (seen[half][token, False] + 1))
            for token, half in zip(tokens, halves.tolist(), strict=True)
        ]
    )
