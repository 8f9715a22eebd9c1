"""How unsure labels are: the entropy of several answers, or of one probability, in nats."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.data.label_meta import ANSWERS, ENTROPY, facts
from w2sdl_runtime.data.named_classes import chances_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.refining.rows import numbers
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Votes beyond which the ways to split them are too many to list.
_FEW_VOTES = 7
_BANDS = 4
_ROUNDING = 1e-9


def entropy_of(counts: Iterable[int]) -> float:
    """``- SUM p ln p`` of answers that were given so often (Guo & Yang 2024); order does not count."""
    share = np.sort(np.array([count for count in counts if count], np.float64))
    share /= share.sum()
    return float(-(share * np.log(share)).sum()) + 0.0


def entropies(labels: Labels, needed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The entropy of every row: as its votes say, else of its probabilities. NaN where not ``needed``.

    Raises:
        PrerequisiteError: for texts and hard labels that nobody voted on.
    """
    voted = [np.nan if one is None else one for one in facts(labels, ENTROPY)]
    found = np.array(voted, np.float64)
    if np.isfinite(found[needed]).all():
        return found
    if labels.classes:
        sure = np.array([_of_several(one) for one in chances_of(labels)])
        return np.where(np.isfinite(found), found, sure)
    if labels.label_kind in ("text", "hard"):
        raise PrerequisiteError(
            f"these {labels.label_kind} labels say nothing of how sure they are",
            "fold several answers to each question into one, votes(label(W', asked), over: wording), "
            "or give labels with probabilities",
        )
    p = numbers(labels, "the labels whose entropy is asked for", needed)
    sure = np.array([_of_two(one) for one in p])
    return np.where(np.isfinite(found), found, sure)


def _of_several(chances: NDArray[np.float64]) -> float:
    """The entropy of the probabilities of several classes."""
    there = chances[chances > 0]
    return float(-(there * np.log(there)).sum()) + 0.0


def _of_two(p: float) -> float:
    """The entropy of a probability; of NaN, NaN."""
    if p in (0, 1):
        return 0.0
    return float(-(p * np.log(p) + (1 - p) * np.log(1 - p)))


def levels(labels: Labels, entropy: NDArray[np.float64]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of all levels that there can be, lowest entropy first, and that of each row.

    A level is a way to split so many votes, or a band of entropies where these are many or none.
    """
    counted = {n for n in facts(labels, ANSWERS) if n is not None}
    if len(counted) == 1 and max(counted) <= _FEW_VOTES:
        answers = (
            max(counted) if labels.label_kind == "text" else 2
        )  # a number is one of two classes
        ways = [way for way in _splits(max(counted), max(counted)) if len(way) <= answers]
        ways.sort(key=entropy_of)
        at = np.array([entropy_of(way) for way in ways])
        names = [f"{'/'.join(map(str, way))} (H={h:.3f})" for way, h in zip(ways, at, strict=True)]
        apart = np.abs(entropy[:, None] - at[None, :])
        return names, np.where(apart.min(axis=1) < _ROUNDING, apart.argmin(axis=1), -1)
    answers = 2 if labels.label_kind != "text" else max(counted, default=len(labels.classes) or 2)
    most = math.log(answers)
    edges = [most * (band + 1) / _BANDS for band in range(_BANDS)]
    return [f"H up to {edge:.2f}" for edge in edges], np.searchsorted(edges[:-1], entropy)


def _splits(votes: int, most: int) -> list[tuple[int, ...]]:
    """All ways to split votes over answers, larger shares first, none above ``most``."""
    if not votes:
        return [()]
    return [
        (first, *rest)
        for first in range(min(votes, most), 0, -1)
        for rest in _splits(votes - first, first)
    ]
