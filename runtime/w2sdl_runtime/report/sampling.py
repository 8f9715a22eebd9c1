"""Measured numbers together with their leave-one-out values, as arrays whose dimensions have names.

The last dimension of every array is the sample: first the number itself, then the number without
each unit (a seed), without each row, without each group of rows, and without a unit and a group.
Whatever is computed from such arrays (means, differences, ratios) can be given an interval that
respects the pairing of rows and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.stats.estimates import Estimate, share_or_mean
from w2sdl_runtime.stats.leave_out import (
    GROUPS,
    LeftOut,
    group_sums,
    without_each,
)
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Samples:
    """Where the leave-one-out values of metrics lie: units, rows by item id, groups of rows, both."""

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
    def groups(self) -> int:
        """How many groups of rows there are; row i is in group i modulo this."""
        return min(GROUPS, len(self.rows))

    @property
    def size(self) -> int:
        """Length of the sample dimension."""
        return 1 + self.units + len(self.rows) + self.groups * (1 + self.units)

    @property
    def _of_groups(self) -> slice:
        start = 1 + self.units + len(self.rows)
        return slice(start, start + self.groups)

    def without_unit(self, unit: int) -> Places:
        """The samples in which the unit at this place is left out."""
        start = self._of_groups.stop + unit * self.groups
        return np.concatenate([[1 + unit], np.arange(start, start + self.groups)])

    def places(self, metric: Metric) -> Places:
        """The rows of a metric among all rows."""
        return np.asarray([self.rows[item_id] for item_id in row_ids(metric)], dtype=np.int64)

    def constant(self, value: float) -> Numbers:
        """The samples of a number that no row changes."""
        return np.full(self.size, value)

    def filled(self, value: float, places: Places, rows: Numbers, groups: Numbers) -> Numbers:
        """The samples of a number of one unit, from its values without each row and each group."""
        full = self.constant(value)
        full[1 + self.units + places] = rows
        full[self._of_groups.start :] = np.tile(groups, 1 + self.units)
        return full

    def left_out(self, values: Numbers, *, every_unit: bool = False) -> LeftOut:
        """One statistic's samples, split for `jackknife`.

        A number without rows of its own must not claim to have covered them, nor one of a single unit
        all units; ``every_unit`` says that it is a mean over them, even if they are all alike.
        """
        seeds = values[1 : 1 + self.units]
        rows, groups = values[1 + self.units : self._of_groups.start], values[self._of_groups]
        both = values[self._of_groups.stop :].reshape(self.units, self.groups)
        if np.all(rows == values[0]):  # of too many rows, groups are all that is known
            rows = groups if np.any(groups != values[0]) else rows[:0]
        several = self.units > 1 and (every_unit or bool(np.any(seeds != values[0])))
        covered = len(rows) > 0
        return LeftOut(
            float(values[0]),
            seeds if several else seeds[:0],
            rows,
            groups if several and covered else groups[:0],
            both if several and covered else both[:0],
            len(self.rows) if covered else 0,
        )

    def estimate(
        self, values: Numbers, *, share: bool = False, rows: int = 0, every_unit: bool = False
    ) -> Estimate:
        """One statistic from its samples; its interval has no bounds if nothing ever varies.

        Args:
            values: the samples.
            every_unit: as of `left_out`.
            share: whether it is one: then the interval stays between 0 and 1.
            rows: how many rows a share counts, for one that is 0 or 1 on all of them.
        """
        left_out = self.left_out(values, every_unit=every_unit)
        if share and not left_out.rows.size:
            left_out = replace(left_out, row_count=rows)
        return share_or_mean(left_out, share)


def row_ids(metric: Metric) -> list[str]:
    """Item ids of the rows of a metric, each once."""
    if metric.rows is None or "item_id" not in metric.rows.column_names:
        return []
    return list(dict.fromkeys(metric.rows.column("item_id").to_pylist()))


def metric_samples(
    metric: Metric, samples: Samples, part: Mapping[str, Any] | None = None
) -> Numbers:
    """All samples of one metric (or of one of its parts).

    A metric without usable rows has the same number in every sample. PGR over seeds is formed anew
    from its rows in each.
    """
    value = part["value"] if part else metric.value
    if value is None or metric.rows is None:
        return samples.constant(np.nan if value is None else float(value))
    if has_roles(metric):
        from w2sdl_runtime.report.recovered import ratio, role_samples

        return ratio(*role_samples(metric, samples))
    left_out = str(metric.facts.get("left_out", ""))
    if left_out in metric.rows.column_names and not part:
        return _known_samples(float(value), column(metric, left_out), metric, samples)
    if metric.facts.get("score") in metric.rows.column_names:
        return _row_samples(float(value), metric, samples, part or {})
    return samples.constant(float(value))


def _known_samples(value: float, without: Numbers, metric: Metric, samples: Samples) -> Numbers:
    """From stored values without each row; those without a group add up, exactly so for a mean."""
    places = samples.places(metric)
    groups, rows = places % samples.groups, len(without)
    sizes = group_sums(np.ones(rows), groups, samples.groups)
    moved = group_sums(without - value, groups, samples.groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_group = value + moved * (rows - 1) / (rows - sizes)
    return samples.filled(value, places, without, by_group)


def _row_samples(
    value: float, metric: Metric, samples: Samples, part: Mapping[str, Any]
) -> Numbers:
    """From scores: the mean of those that count."""
    scores = column(metric, part.get("score", metric.facts["score"]))
    counted = np.ones_like(scores)
    if "where" in part:
        counted = (column(metric, part["where"]) == float(part["is"])).astype(np.float64)
    elif "among" in metric.facts:
        counted = column(metric, metric.facts["among"])
    scores, places = scores * counted, samples.places(metric)
    above, below = (
        group_sums(one, places % samples.groups, samples.groups) for one in (scores, counted)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        by_group = (scores.sum() - above) / (counted.sum() - below)
    return samples.filled(value, places, without_each(scores, counted), by_group)


def is_share_of_rows(metric: Metric, part: Mapping[str, Any] | None = None) -> bool:
    """Whether a number, or one of its parts, is the share of rows that are hits: each scores 0 or 1."""
    name = (part or {}).get("score", metric.facts.get("score"))
    if metric.rows is None or name not in metric.rows.column_names:
        return False
    return set(metric.rows.column(name).unique().to_pylist()) <= {0, 1, None}  # of rows that count


def has_roles(metric: Metric) -> bool:
    """Whether it is a recovered gap with the rows that it was formed of."""
    known = set(metric.rows.column_names) if metric.rows is not None else set()
    return {"weak", "student", "ceiling", "seed"} <= known


def column(metric: Metric, name: str) -> Numbers:
    """A column of a metric's rows, as numbers."""
    if metric.rows is None:
        raise ValueError(f"{metric.name} was stored without its rows")
    # By way of Python numbers: `to_numpy` imports pandas, which costs more than this ever does.
    return np.asarray(metric.rows.column(name).to_pylist(), dtype=np.float64)
