"""Recovered gaps (PGR) from the rows of their three roles: in every sample, and over repetitions.

Over repetitions accuracies are averaged first and one ratio is formed of them, never the mean of ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.report.sampling import Samples, column, has_roles, row_ids
from w2sdl_runtime.stats.estimates import Ratio
from w2sdl_runtime.stats.leave_out import GROUPS, LeftOut, combine, groups_of
from w2sdl_runtime.stats.ratios import NO_GAP
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from w2sdl_runtime.report.sampling import Numbers, Places

ROLES = ("weak", "student", "ceiling")


def ratio(weak: Numbers, student: Numbers, ceiling: Numbers) -> Numbers:
    """PGR, element by element; NaN where there is no gap."""
    gap = ceiling - weak
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = np.where(gap > NO_GAP, np.divide(student - weak, gap), np.nan)
    return found


def role_samples(metric: Metric, samples: Samples) -> Numbers:
    """The number of each role in every sample, roles x samples; better is higher."""
    places = samples.places(metric)
    groups = places % samples.groups
    found = _roles_left_out(metric, groups, samples.groups)
    return np.stack([_filled(one, places, samples) for one in found])


def _filled(left_out: LeftOut, places: Places, samples: Samples) -> Numbers:
    if len(places) < 2:
        return samples.constant(left_out.full)
    one_by_one = len(left_out.rows) == len(places)
    rows = left_out.rows if one_by_one else np.full(len(places), left_out.full)
    full = samples.filled(left_out.full, places, rows, left_out.groups)
    if len(left_out.seeds) == samples.units > 1:
        for unit, (alone, both) in enumerate(zip(left_out.seeds, left_out.both, strict=True)):
            full[samples.without_unit(unit)] = np.concatenate([[alone], both])
    return full


def pooled_samples(found: Sequence[tuple[int, Metric]], samples: Samples) -> Numbers:
    """PGR over repetitions in every sample: formed of the mean of each role.

    ``found`` are metrics, each with the place of its unit; that unit is left out in samples of its own.
    """
    roles = np.stack([role_samples(metric, samples) for _, metric in found])
    of_unit = np.asarray([unit for unit, _ in found])
    units = np.unique(of_unit)
    by_unit = np.stack([roles[of_unit == unit].mean(axis=0) for unit in units])
    mean = by_unit.mean(axis=0)
    if len(units) > 1:
        for at, unit in enumerate(units.tolist()):
            places = samples.without_unit(unit)
            mean[:, places] = np.delete(by_unit[..., places], at, axis=0).mean(axis=0)
    return ratio(*mean)


def recovered_estimate(metric: Metric) -> Ratio | None:
    """The ratio of gain and gap whose interval is the metric's own; None where it has none."""
    if metric.lower is None or not has_roles(metric):
        return None
    rows = len(row_ids(metric))
    weak, student, ceiling = _roles_left_out(metric, groups_of(rows), min(GROUPS, rows))
    return Ratio(combine(np.subtract, student, weak), combine(np.subtract, ceiling, weak))


def _roles_left_out(metric: Metric, groups: Places, count: int) -> list[LeftOut]:
    """What PGR is formed of."""
    from w2sdl_runtime.measuring.recovery_scores import SCORES, scores_left_out

    scores = _by_role(metric, len(groups))
    if (name := metric.facts.get("metric")) in SCORES:
        gold = _gold(metric, len(groups))
        return scores_left_out(str(name), scores, gold, groups, count)
    sign = -1.0 if metric.facts.get("better") == "lower" else 1.0
    return [LeftOut.of_mean(sign * one, groups, count) for one in scores]


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


def _gold(metric: Metric, rows: int) -> NDArray[np.bool_]:
    return column(metric, "gold")[:rows] > 0


def _by_role(metric: Metric, rows: int) -> Numbers:
    """Whether each role is right, or its probabilities: roles x seeds x rows."""
    return np.stack([column(metric, role).reshape(-1, rows) for role in ROLES])
