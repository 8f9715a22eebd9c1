"""What is sure, shares among it, and how far confidence is from being right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.classes import THRESHOLD, gold_classes, share_among, values_for
from w2sdl_runtime.measuring.resampling import Numbers, Statistic
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Labels, Metric


def sure(probability: Numbers, threshold: float) -> NDArray[np.int64]:
    """1 where P > ``threshold``, −1 where P < 1 − ``threshold``, else 0.

    Raises:
        PrerequisiteError: for a bound below one half, under which a row would be sure of both.
    """
    if threshold < 0.5:
        raise PrerequisiteError(
            f"threshold: {threshold:g} calls rows sure of both classes at once", "give 0.5 or more"
        )
    return np.where(probability > threshold, 1, np.where(probability < 1 - threshold, -1, 0))


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is sure of which class, row by row: 1, −1, or 0 for neither."""

    ids: list[str]
    truth: NDArray[np.bool_]
    said: Numbers  #: P(class 1) by the student
    told: Numbers  #: by the supervisor
    student: NDArray[np.int64]
    supervisor: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the student's class is gold."""
        return np.asarray((self.said > THRESHOLD) == self.truth)

    def columns(self, **more: Any) -> dict[str, Any]:
        """The rows of a metric."""
        return {"item_id": self.ids, "student": self.said, "supervisor": self.told, **more}


def sides(student: Labels, supervisor: Labels, gold: Labels, threshold: float) -> Sides:
    """Both by gold's rows.

    Raises:
        PrerequisiteError: as for ``accuracy``, or for a threshold below one half.
    """
    ids, truth = gold_classes(gold)
    said = values_for(ids, student, "the student's labels")
    told = values_for(ids, supervisor, "the supervisor's labels")
    return Sides(ids, truth, said, told, sure(said, threshold), sure(told, threshold))


def among(
    name: str, score: str, columns: Mapping[str, Any], undefined: str, facts: Mapping[str, Any]
) -> Metric:
    """The share of ``columns[score]`` among the rows that are ``counted``, with its Wilson interval."""
    import pyarrow as pa

    part = share_among("", columns[score], columns["counted"], "counted", undefined)
    known = {"unit": "share", "interval": "wilson", "score": score, "among": "counted"}
    known |= {"counted": part["n"], **facts}
    numbers = (part["value"], part["lower"], part["upper"])
    rows = pa.table(dict(columns))
    return Metric(name, *numbers, len(columns["item_id"]), part["reason"], known, rows)


def calibration_error(probability: Numbers, truth: NDArray[np.bool_]) -> Statistic:
    """Monotonic-sweep calibration error, equal mass, 2-norm, of counts of rows."""
    order = np.argsort(probability, kind="stable")
    ordered, right = probability[order], truth[order].astype(np.float64)

    def value(counts: Numbers) -> float:
        drawn = np.repeat(np.arange(len(order)), counts[order].astype(np.int64))
        return sweep(ordered[drawn], right[drawn])[0]

    return value


def sweep(probability: Numbers, right: Numbers) -> tuple[float, int]:
    """The calibration error of rows in order of probability, and its number of bins.

    The number of bins is the largest up to which the share of class 1 never falls from one bin to
    the next (Roelofs et al. 2020, algorithm 1). Bins hold as many rows as any other, give or take
    one, the larger ones first.
    """
    rows = len(right)
    sums = np.concatenate([[0.0], np.cumsum(right)])
    bins = rows if np.all(np.diff(right) >= 0) else _most_bins(sums, rows)
    edges = _edges(rows, bins)
    size = np.diff(edges)
    given = np.add.reduceat(probability, edges[:-1]) / size
    height = np.diff(sums[edges]) / size
    return float(np.sqrt((size / rows) @ (given - height) ** 2)), bins


def _most_bins(sums: Numbers, rows: int) -> int:
    for bins in range(2, rows + 1):
        edges = _edges(rows, bins)
        heights = np.diff(sums[edges]) / np.diff(edges)
        if np.any(np.diff(heights) < 0):
            return bins - 1
    return rows


def _edges(rows: int, bins: int) -> NDArray[np.int64]:
    least, larger = divmod(rows, bins)
    sizes = np.full(bins, least)
    sizes[:larger] += 1
    return np.concatenate([[0], np.cumsum(sizes)])
