"""How unsure labels are: the entropy of several answers, or of one probability, in nats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.refining.rows import facts, numbers
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def entropy_of(counts: Iterable[int]) -> float:
    """``- SUM p ln p`` of answers that were given so often (Guo & Yang 2024); order does not count."""
    share = np.sort(np.array([count for count in counts if count], np.float64))
    share /= share.sum()
    return float(-(share * np.log(share)).sum()) + 0.0


def entropies(labels: Labels, needed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The entropy of every row: as its votes say, else of its probability. NaN where not ``needed``.

    Raises:
        PrerequisiteError: for texts and hard labels that nobody voted on.
    """
    voted = [np.nan if one is None else one for one in facts(labels, "entropy")]
    found = np.array(voted, np.float64)
    if np.isfinite(found[needed]).all():
        return found
    if labels.label_kind in ("text", "hard"):
        raise PrerequisiteError(
            f"these {labels.label_kind} labels say nothing of how sure they are",
            "fold several answers to each question into one, votes(label(W', asked), over: wording), "
            "or give labels with probabilities",
        )
    p = numbers(labels, "the labels whose entropy is asked for", needed)
    sure = np.array([_of_two(one) for one in p])
    return np.where(np.isfinite(found), found, sure)


def _of_two(p: float) -> float:
    """The entropy of a probability; of NaN, NaN."""
    if p in (0, 1):
        return 0.0
    return float(-(p * np.log(p) + (1 - p) * np.log(1 - p)))
