"""Performance gap recovered from truth arrays, with every guard that keeps the ratio honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.measuring.classes import answers_for, gold_answers, values_for
from w2sdl_runtime.measuring.resampling import (
    PAIRED_BOOTSTRAP,
    UNSTABLE_SHARE,
    draw_counts,
    middle,
    row_counts,
)
from w2sdl_runtime.op import PrerequisiteError
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
    means = right.mean(axis=(1, 2))
    drawn = Resamples.draw(right, resamples, generator)
    rows = _rows(right, ids)
    by_seed, lower = right.mean(axis=2), lower_is_better
    return assemble(metric, means, by_seed, drawn, rows, len(ids), lower_is_better=lower)


def assemble(
    metric: str,
    means: NDArray[np.float64],
    by_seed: NDArray[np.float64],
    drawn: Resamples,
    rows: Any,
    n: int,
    *,
    lower_is_better: bool = False,
) -> Metric:
    """PGR from the three numbers, those of each seed (roles x seeds), and resamples of both.

    Where lower is better, gain and gap are how far a number falls.
    """
    weak, student, ceiling = means.tolist()
    sign = -1.0 if lower_is_better else 1.0
    gain, gap = sign * (student - weak), sign * (ceiling - weak)
    drawn = Resamples(sign * drawn.gain, sign * drawn.gap)
    facts: dict[str, Any] = {
        "metric": metric,
        "unit": "share",
        "accuracies": {"weak": weak, "student": student, "ceiling": ceiling},
        "seeds": by_seed.shape[1],
        "per_seed": _per_seed(by_seed, sign),
        "gain": _with_interval(gain, drawn.gain),
        "gap": _with_interval(gap, drawn.gap),
        "resamples": len(drawn.gap),
        "no_gap_share": float((drawn.gap <= 0).mean()),
        "warnings": _warnings(gap, drawn),
        "interval": PAIRED_BOOTSTRAP,
    }
    if lower_is_better:
        facts["better"] = "lower"
    name = f"PGR[{metric}]"
    if gap <= 0:
        reason = UNDEFINED_BELOW if lower_is_better else UNDEFINED
        return Metric(name, None, None, None, n, reason, facts, rows)
    lower, upper = (None, None) if "unstable" in facts["warnings"] else drawn.ratio_interval()
    return Metric(name, gain / gap, lower, upper, n, "", facts, rows)


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

    def ratio_interval(self) -> tuple[float, float]:
        """Percentiles of the ratio over the resamples that have a gap."""
        defined = self.gap > 0
        return middle(self.gain[defined] / self.gap[defined])


def _with_interval(value: float, drawn: NDArray[np.float64]) -> dict[str, float]:
    lower, upper = middle(drawn)
    return {"value": value, "lower": lower, "upper": upper}


def _warnings(gap: float, drawn: Resamples) -> list[str]:
    found = []
    if gap < 2 * float(drawn.gap.std()):
        found.append("small_gap")
    if float((drawn.gap <= 0).mean()) > UNSTABLE_SHARE:
        found.append("unstable")
    return found


def _per_seed(by_seed: NDArray[np.float64], sign: float) -> list[dict[str, float | None]]:
    """The numbers and PGR of each seed alone, to show the spread; null where a seed has no gap."""
    per_seed = []
    for weak, student, ceiling in by_seed.T.tolist():
        gap = sign * (ceiling - weak)
        ratio = sign * (student - weak) / gap if gap > 0 else None
        per_seed.append({"weak": weak, "student": student, "ceiling": ceiling, "pgr": ratio})
    return per_seed


def _rows(right: NDArray[Any], ids: list[str]) -> Any:
    import pyarrow as pa

    seeds = right.shape[1]
    roles = {role: right[index].reshape(-1) for index, role in enumerate(ROLES)}
    positions = np.repeat(np.arange(seeds), len(ids))
    return pa.table({"item_id": ids * seeds, "seed": positions, **roles})
