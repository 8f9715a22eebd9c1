"""Performance gap recovered in numbers that are no plain share, with the guards of that in accuracies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.classes import THRESHOLD
from w2sdl_runtime.measuring.confusion import balanced, f_score
from w2sdl_runtime.measuring.ranking import ONE_CLASS, area
from w2sdl_runtime.measuring.recovery import ROLES, Resamples, assemble
from w2sdl_runtime.measuring.resampling import Numbers, Statistic, draw_counts, without_each_row
from w2sdl_runtime.stats.leave_out import GROUPS, LeftOut, groups_of
from w2sdl_runtime.values import Metric

Truth = NDArray[np.bool_]
Groups = NDArray[np.int64]

#: Of more rows, groups are left out: one by one would cost more than the resamples do.
_MOST_ONE_BY_ONE = 2000

#: By the name of the metric, the statistic of P(class 1) and gold that it is.
SCORES: dict[str, Callable[[Numbers, Truth], Statistic]] = {
    "auroc": area,
    "balanced_accuracy": lambda scores, truth: balanced(scores > THRESHOLD, truth),
    "f1": lambda scores, truth: f_score(scores > THRESHOLD, truth, weighted=True),
}


def measure_scores(
    metric: str,
    scores: NDArray[np.float64],
    truth: Truth,
    ids: list[str],
    resamples: int,
    generator: np.random.Generator,
) -> Metric:
    """PGR of probabilities (roles weak, student, ceiling x seeds x rows) by one of `SCORES`.

    Undefined where gold has one class only. Resamples that lost a class are drawn again.
    """
    rows = _rows(scores, truth, ids)
    if truth.all() or not truth.any():
        facts = {"metric": metric, "unit": "share", "warnings": []}
        return Metric(f"PGR[{metric}]", None, None, None, len(ids), ONE_CLASS, facts, rows)
    statistics = _statistics(metric, scores, truth)
    by_seed = _values(statistics, np.ones(len(ids)))
    drawn = _draw(statistics, truth, resamples, generator)
    left_out = _left_out(statistics, by_seed, groups_of(len(ids)), min(GROUPS, len(ids)))
    return assemble(metric, left_out, by_seed, drawn, rows)


def _statistics(metric: str, scores: Numbers, truth: Truth) -> list[list[Statistic]]:
    return [[SCORES[metric](one, truth) for one in by_seed] for by_seed in scores]


def _values(statistics: list[list[Statistic]], counts: Numbers) -> Numbers:
    """Roles x seeds."""
    return np.asarray([[one(counts) for one in by_seed] for by_seed in statistics])


def _draw(
    statistics: list[list[Statistic]],
    truth: Truth,
    resamples: int,
    generator: np.random.Generator,
) -> Resamples:
    """Crossed bootstrap, as for accuracies: one draw of rows and one of seeds for all roles."""
    seeds = len(statistics[0])
    found: list[Numbers] = []
    while len(found) < resamples:
        chosen = draw_counts(generator, 1, seeds)[0] / seeds
        counts = draw_counts(generator, 1, len(truth))[0]
        if 0 < counts @ truth < len(truth):
            found.append(_values(statistics, counts) @ chosen)
    weak, student, ceiling = np.asarray(found).T
    return Resamples(student - weak, ceiling - weak)


def scores_left_out(
    metric: str, scores: Numbers, truth: Truth, groups: Groups, count: int
) -> list[LeftOut]:
    """What each role is without each seed, row and group of rows, as means over seeds.

    Rows are left out a group at a time where there are so many that one by one would take too long.
    """
    statistics = _statistics(metric, scores, truth)
    return _left_out(statistics, _values(statistics, np.ones(len(truth))), groups, count)


def _left_out(
    statistics: list[list[Statistic]], by_seed: Numbers, groups: Groups, count: int
) -> list[LeftOut]:
    rows = len(groups)
    kept = [np.asarray(groups != group, np.float64) for group in range(count)]
    by_group = np.stack([_values(statistics, one) for one in kept], axis=-1)
    found = []
    for role, each in enumerate(statistics):
        by_row = None
        if rows <= _MOST_ONE_BY_ONE:
            by_row = np.asarray([without_each_row(one, rows) for one in each], np.float64)
        found.append(LeftOut.of_seeds(by_seed[role], by_row, by_group[role], rows))
    return found


def _rows(scores: Numbers, truth: Truth, ids: list[str]) -> Any:
    import pyarrow as pa

    seeds = scores.shape[1]
    roles = {role: scores[index].reshape(-1) for index, role in enumerate(ROLES)}
    positions = np.repeat(np.arange(seeds), len(ids))
    gold = np.tile(truth, seeds)
    return pa.table({"item_id": ids * seeds, "seed": positions, **roles, "gold": gold})
