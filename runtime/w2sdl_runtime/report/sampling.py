"""Measured numbers together with their leave-one-out values, as arrays whose dimensions have names.

The last dimension of every array is the sample: first the number itself, then the number without
each seed, then without each row. Whatever is computed from such arrays (means, differences, ratios)
can be given an interval that respects the pairing of rows and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, jackknife, without_each
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES = ("weak", "student", "ceiling")
#: Accuracies are sums of thirds and the like: a gap below this is rounding.
NO_GAP = 1e-12


@dataclass(frozen=True, slots=True)
class Samples:
    """Where the leave-one-out values of metrics lie: units first, then rows by item id."""

    units: int
    rows: Mapping[str, int]

    @classmethod
    def of(cls, metrics: Sequence[Metric], units: int) -> Samples:
        """Room for all rows that any of the metrics is made of."""
        ids: dict[str, int] = {}
        for metric in metrics:
            for item_id in row_ids(metric):
                ids.setdefault(item_id, len(ids))
        return cls(units, ids)

    @property
    def size(self) -> int:
        """Length of the sample dimension."""
        return 1 + self.units + len(self.rows)

    def left_out(self, values: NDArray[np.float64]) -> LeftOut:
        """One statistic's samples, split for `jackknife`."""
        seeds = values[1 : 1 + self.units]
        rows = values[1 + self.units :]
        varies = len(rows) > 0 and not np.all(rows == values[0])
        # A number without rows of its own must not claim to have covered them.
        kept = seeds if self.units > 1 else seeds[:0]
        return LeftOut(float(values[0]), kept, rows if varies or len(kept) == 0 else rows[:0])

    def interval(self, values: NDArray[np.float64]) -> Interval:
        """The 95 % interval of one statistic from its samples; no bounds if nothing ever varies."""
        if np.all(values == values[0]):
            return Interval(float(values[0]))
        return jackknife(self.left_out(values))


def row_ids(metric: Metric) -> list[str]:
    """Item ids of the rows of a metric, each once."""
    if metric.rows is None or "item_id" not in metric.rows.column_names:
        return []
    return list(dict.fromkeys(metric.rows.column("item_id").to_pylist()))


def metric_samples(
    metric: Metric, samples: Samples, part: Mapping[str, Any] | None = None
) -> NDArray[np.float64]:
    """All samples of one metric (or of one of its parts).

    A metric without usable rows has the same number in every sample. PGR over seeds is formed anew
    from its rows in each.
    """
    value = part["value"] if part else metric.value
    full = np.full(samples.size, np.nan if value is None else float(value))
    if value is None or metric.rows is None:
        return full
    if {"weak", "student", "ceiling", "seed"} <= set(metric.rows.column_names):
        return _ratio_samples(metric, samples, full)
    left_out = str(metric.facts.get("left_out", ""))
    if left_out in metric.rows.column_names and not part:
        full[_places(metric, samples)] = _column(metric, left_out)
    elif metric.facts.get("score") in metric.rows.column_names:
        _fill_rows(metric, samples, part, full)
    return full


def _places(metric: Metric, samples: Samples) -> list[int]:
    """Where the values without each row of a metric lie."""
    return [1 + samples.units + samples.rows[item_id] for item_id in row_ids(metric)]


def _fill_rows(
    metric: Metric, samples: Samples, part: Mapping[str, Any] | None, full: NDArray[np.float64]
) -> None:
    part = part or {}
    scores = _column(metric, part.get("score", metric.facts["score"]))
    counted = np.ones_like(scores)
    if "where" in part:
        counted = (_column(metric, part["where"]) == float(part["is"])).astype(np.float64)
    elif "among" in metric.facts:
        counted = _column(metric, metric.facts["among"])
    full[_places(metric, samples)] = without_each(scores * counted, counted)


def _column(metric: Metric, name: str) -> NDArray[np.float64]:
    if metric.rows is None:
        raise ValueError(f"{metric.name} was stored without its rows")
    # By way of Python numbers: `to_numpy` imports pandas, which costs more than this ever does.
    return np.asarray(metric.rows.column(name).to_pylist(), dtype=np.float64)


def _ratio_samples(
    metric: Metric, samples: Samples, full: NDArray[np.float64]
) -> NDArray[np.float64]:
    """PGR in every sample, from the rows (seeds x rows) of weak, student and ceiling."""
    scores = _by_role(metric, len(row_ids(metric)))
    if metric.facts.get("better") == "lower":
        scores = -scores
    by_seed, by_row = _without_rows(metric, scores)
    if by_row is not None:
        full[_places(metric, samples)] = _ratio(by_row)
    seeds = scores.shape[1]
    if seeds == samples.units and seeds > 1:
        full[1 : 1 + seeds] = _ratio(np.stack([without_each(s, np.ones_like(s)) for s in by_seed]))
    return full


def _without_rows(
    metric: Metric, scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """What PGR is formed of: by role and seed, and by role without each row."""
    from w2sdl_runtime.measuring.recovery_scores import SCORES, scores_without

    if (name := metric.facts.get("metric")) in SCORES:
        return scores_without(str(name), scores, _gold(metric, scores.shape[2]))
    by_row = scores.mean(axis=1)
    return scores.mean(axis=2), np.stack([without_each(r, np.ones_like(r)) for r in by_row])


def _gold(metric: Metric, rows: int) -> NDArray[np.bool_]:
    return _column(metric, "gold")[:rows] > 0


def _ratio(accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    """PGR of (weak, student, ceiling) x samples; NaN where there is no gap."""
    weak, student, ceiling = accuracies
    gap = ceiling - weak
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: NDArray[np.float64] = np.where(gap > NO_GAP, (student - weak) / gap, np.nan)
    return ratio


def pool_ratios(metrics: Sequence[Metric]) -> Metric | None:
    """PGR over several repetitions that were measured one by one, with the guards of the operation.

    None where they weren't measured on the same rows.
    """
    from w2sdl_runtime.measuring.recovery import measure
    from w2sdl_runtime.measuring.recovery_scores import SCORES, measure_scores

    ids = row_ids(metrics[0])
    if not ids or any(row_ids(metric) != ids for metric in metrics):
        return None
    scores = np.concatenate([_by_role(metric, len(ids)) for metric in metrics], axis=1)
    resamples = int(metrics[0].facts.get("resamples", 2000))
    generator = np.random.Generator(np.random.PCG64(0))
    name = str(metrics[0].facts.get("metric", "acc"))
    if name in SCORES:
        gold = _gold(metrics[0], len(ids))
        return measure_scores(name, scores, gold, ids, resamples, generator)
    if metrics[0].facts.get("better") == "lower":
        return measure(scores, ids, resamples, generator, name, lower_is_better=True)
    return measure(scores > 0, ids, resamples, generator, name)


def _by_role(metric: Metric, rows: int) -> NDArray[np.float64]:
    """Whether each role is right, or its probabilities: roles x seeds x rows."""
    return np.stack([_column(metric, role).reshape(-1, rows) for role in ROLES])
