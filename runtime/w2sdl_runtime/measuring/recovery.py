"""Performance gap recovered from truth arrays, with every guard that keeps the ratio honest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.measuring.classes import answers_for, gold_answers, values_for
from w2sdl_runtime.measuring.resampling import UNSTABLE_SHARE, draw_counts, row_counts
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, combine, jackknife, variances
from w2sdl_runtime.stats.ratios import NO_GAP, fieller
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES = ("weak", "student", "ceiling")
UNDEFINED = "ceiling_not_above_weak"
#: The same of a number that is better where it is lower.
UNDEFINED_BELOW = "ceiling_not_below_weak"


def stack_right(
    lists: dict[str, list[Labels]], gold: Labels
) -> tuple[list[str], NDArray[np.bool_]]:
    """Item ids, and whether each role is right: roles x seeds x rows."""
    ids, truth = gold_answers(gold)
    return ids, stack(lists, lambda one, what: answers_for(ids, one, gold, what) == truth)


def stack_scores(lists: dict[str, list[Labels]], ids: list[str]) -> NDArray[np.float64]:
    """P(class 1) by each role: roles x seeds x rows."""
    return stack(lists, lambda one, what: values_for(ids, one, what))


def stack(
    lists: dict[str, list[Labels]], read: Callable[[Labels, str], NDArray[Any]]
) -> NDArray[Any]:
    """What ``read`` says of each: roles x seeds x rows; a single one stands for all seeds.

    Raises:
        PrerequisiteError: for lists of different lengths.
    """
    seeds = max(len(labels) for labels in lists.values())
    for role, labels in lists.items():
        if len(labels) not in (1, seeds):
            sizes = ", ".join(f"{len(found)} {name}" for name, found in lists.items())
            raise PrerequisiteError(
                f"pgr pairs its models by seed, but was given {sizes}",
                f"let {role} take the same seeds as the others, or none",
            )
    stacked = [
        [read(one, f"labels of {role}") for one in labels] * (seeds // len(labels))
        for role, labels in lists.items()
    ]
    return np.asarray(stacked)


def measure(
    right: NDArray[np.bool_] | NDArray[np.float64],
    ids: list[str],
    resamples: int,
    generator: np.random.Generator,
    metric: str = "acc",
    *,
    lower_is_better: bool = False,
) -> Metric:
    """PGR of a truth array (roles weak, student, ceiling x seeds x rows), with all its guards.

    Numbers whose mean counts may stand in its place.
    """
    left_out = [LeftOut.of_mean(one.astype(np.float64)) for one in right]
    drawn = Resamples.draw(right, resamples, generator)
    rows = _rows(right, ids)
    by_seed, lower = right.mean(axis=2), lower_is_better
    return assemble(metric, left_out, by_seed, drawn, rows, lower_is_better=lower)


def assemble(
    metric: str,
    left_out: Sequence[LeftOut],
    by_seed: NDArray[np.float64],
    drawn: Resamples,
    rows: Any,
    *,
    lower_is_better: bool = False,
) -> Metric:
    """PGR from the numbers of the three roles.

    Where lower is better, gain and gap are how far a number falls.

    Args:
        metric: what the numbers are.
        left_out: of weak, student and ceiling: means over seeds, and without each seed and row.
        by_seed: those of each seed, roles x seeds.
        drawn: resamples of gain and gap.
        rows: of the metric.
        lower_is_better: for ratings of what is unwanted.
    """
    weak, student, ceiling = left_out
    sign = -1.0 if lower_is_better else 1.0
    gain, gap = (combine(lambda a, b: sign * (a - b), a, weak) for a in (student, ceiling))
    ratio = fieller(gain, gap)
    facts: dict[str, Any] = {
        "metric": metric,
        "unit": "share",
        "accuracies": {role: one.full for role, one in zip(ROLES, left_out, strict=True)},
        "seeds": by_seed.shape[1],
        "per_seed": _per_seed(by_seed, sign),
        **_guards(gain, gap, ratio, sign * drawn.gap),
    } | ({"better": "lower"} if lower_is_better else {})
    name, n = f"PGR[{metric}]", weak.row_count
    if gap.full <= NO_GAP:
        reason = UNDEFINED_BELOW if lower_is_better else UNDEFINED
        return Metric(name, None, None, None, n, reason, facts, rows)
    if ratio is None or "unstable" in facts["warnings"]:
        return Metric(name, gain.full / gap.full, None, None, n, "", facts, rows)
    return Metric(name, ratio.value, ratio.lower, ratio.upper, n, "", facts, rows)


@dataclass(frozen=True, slots=True)
class Resamples:
    """Student minus weak, and ceiling minus weak, in every resample."""

    gain: NDArray[np.float64]
    gap: NDArray[np.float64]

    @classmethod
    def draw(cls, right: NDArray[Any], resamples: int, generator: np.random.Generator) -> Resamples:
        """Crossed bootstrap (Owen 2007, "The pigeonhole bootstrap").

        One draw of rows and one of seeds serve all three roles, which keeps the pairing.
        """
        _, seeds, rows = right.shape
        seed_counts = draw_counts(generator, resamples, seeds)
        flat = right.astype(np.float64).reshape(-1, rows)
        sums = np.hstack([flat @ counts for counts in row_counts(generator, resamples, rows)])
        by_role = (sums.reshape(3, seeds, resamples) * seed_counts.T).sum(axis=1) / (seeds * rows)
        return cls(by_role[1] - by_role[0], by_role[2] - by_role[0])


def _guards(
    gain: LeftOut, gap: LeftOut, ratio: Interval | None, gaps: NDArray[np.float64]
) -> dict[str, Any]:
    """What says how far the ratio can be trusted: gain and gap, and how often there is no gap."""
    no_gap_share = float((gaps <= NO_GAP).mean())
    return {
        "gain": _with_interval(jackknife(gain)),
        "gap": _with_interval(jackknife(gap)),
        "resamples": len(gaps),
        "no_gap_share": no_gap_share,
        "warnings": _warnings(gap, no_gap_share, ratio),
        "interval": ratio.method if ratio else "",
    }


def _with_interval(found: Interval) -> dict[str, Any]:
    numbers = {"value": found.value, "lower": found.lower, "upper": found.upper}
    return {**numbers, "method": found.method}


def _warnings(gap: LeftOut, no_gap_share: float, ratio: Interval | None) -> list[str]:
    """A gap of less than two standard errors; one that may well be none."""
    found, parts = [], variances(gap)
    if parts is not None and gap.full < 2 * np.sqrt(parts.total):
        found.append("small_gap")
    interval = jackknife(gap)
    reaches_zero = interval.lower is not None and interval.lower <= 0
    if reaches_zero or ratio is None or no_gap_share > UNSTABLE_SHARE:
        found.append("unstable")
    return found


def _per_seed(by_seed: NDArray[np.float64], sign: float) -> list[dict[str, float | None]]:
    """The numbers and PGR of each seed alone, to show the spread; null where a seed has no gap."""
    per_seed = []
    for weak, student, ceiling in by_seed.T.tolist():
        gap = sign * (ceiling - weak)
        ratio = sign * (student - weak) / gap if gap > NO_GAP else None
        per_seed.append({"weak": weak, "student": student, "ceiling": ceiling, "pgr": ratio})
    return per_seed


def _rows(right: NDArray[Any], ids: list[str]) -> Any:
    import pyarrow as pa

    seeds = right.shape[1]
    roles = {role: right[index].reshape(-1) for index, role in enumerate(ROLES)}
    positions = np.repeat(np.arange(seeds), len(ids))
    return pa.table({"item_id": ids * seeds, "seed": positions, **roles})
