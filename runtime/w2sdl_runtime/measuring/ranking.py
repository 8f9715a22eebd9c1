"""Area under the ROC curve: how often a right row is scored above a wrong one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.resampling import Numbers, Statistic

#: Why there is no area, where gold has one class only.
ONE_CLASS = "one_gold_class_only"


def area(scores: Numbers, truth: NDArray[np.bool_]) -> Statistic:
    """AUROC as a statistic of counts of rows, ties counting half (Mann & Whitney 1947).

    Rows are sorted once; each call costs a pass over them.
    """
    order = np.argsort(scores, kind="stable")
    right = truth[order].astype(np.float64)
    first = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))  # where a new score begins

    def value(counts: Numbers) -> float:
        ordered = counts[order]
        positive = np.add.reduceat(ordered * right, first)
        negative = np.add.reduceat(ordered * (1 - right), first)
        pairs = float(positive.sum() * negative.sum())
        if not pairs:
            return float("nan")
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below) / pairs

    return value
