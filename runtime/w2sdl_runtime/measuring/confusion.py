"""Scores of two classes as statistics of counts of rows: balanced accuracy and F1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.resampling import Numbers, Statistic

Classes = NDArray[np.bool_]


def balanced(label: Classes, truth: Classes) -> Statistic:
    """The mean of the two recalls; NaN where gold has one class only."""
    hits = [(truth & label).astype(float), (~truth & ~label).astype(float)]
    sizes = [truth.astype(float), (~truth).astype(float)]

    def value(counts: Numbers) -> float:
        below = [float(counts @ size) for size in sizes]
        if not all(below):
            return float("nan")
        return sum(float(counts @ h) / b for h, b in zip(hits, below, strict=True)) / 2

    return value


def f_score(label: Classes, truth: Classes, weighted: bool) -> Statistic:
    """F1 of class 1, or the mean of both classes' F1 by their share of gold.

    A class that is neither given nor gold has F1 0, as in scikit-learn.
    """
    sides = [(label, truth), (~label, ~truth)] if weighted else [(label, truth)]
    sums = [(_f(told & true), _f(told), _f(true)) for told, true in sides]

    def value(counts: Numbers) -> float:
        found, support = [], []
        for both, told, true in sums:
            size = float(counts @ told + counts @ true)
            found.append(2 * float(counts @ both) / size if size else 0.0)
            support.append(float(counts @ true))
        if not weighted:
            return found[0]
        return sum(f * s for f, s in zip(found, support, strict=True)) / sum(support)

    return value


def _f(mask: Classes) -> Numbers:
    return mask.astype(np.float64)
