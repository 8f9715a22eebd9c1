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
from w2sdl_runtime.values import Metric

Truth = NDArray[np.bool_]

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
    return assemble(metric, by_seed.mean(axis=1), by_seed, drawn, rows, len(ids))


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


def scores_without(metric: str, scores: Numbers, truth: Truth) -> tuple[Numbers, Numbers | None]:
    """Values of every seed (roles x seeds), and their means without each row (roles x rows).

    There are no latter where that many rows would take too long.
    """
    statistics = _statistics(metric, scores, truth)
    by_seed = _values(statistics, np.ones(len(truth)))
    left = [[without_each_row(one, len(truth)) for one in each] for each in statistics]
    if any(one is None for each in left for one in each):
        return by_seed, None
    return by_seed, np.asarray(left, dtype=np.float64).mean(axis=1)


def _rows(scores: Numbers, truth: Truth, ids: list[str]) -> Any:
    import pyarrow as pa

    seeds = scores.shape[1]
    roles = {role: scores[index].reshape(-1) for index, role in enumerate(ROLES)}
    positions = np.repeat(np.arange(seeds), len(ids))
    gold = np.tile(truth, seeds)
    return pa.table({"item_id": ids * seeds, "seed": positions, **roles, "gold": gold})
