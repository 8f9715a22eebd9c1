"""A metric that is a ratio of two sums over rows, with further ratios as its parts, of the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.resampling import PAIRED_BOOTSTRAP, Ends, interval_of, row_counts
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Metric

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The mean of one column over the rows where another is true."""

    name: str
    score: str
    among: str = ""  #: "" is all rows
    undefined: str = ""  #: why it is null where there is no such row
    unit: str = "share"


@dataclass(frozen=True, slots=True)
class _Found:
    n: int
    value: float | None
    interval: Ends

    @property
    def numbers(self) -> tuple[float | None, float | None, float | None]:
        """Value, lower and upper."""
        if self.value is None:
            return None, None, None
        return self.value, self.interval.lower, self.interval.upper


def ratio_metric(
    ctx: Context,
    whole: Ratio,
    parts: Sequence[Ratio],
    columns: Mapping[str, Any],
    resamples: int,
    facts: Mapping[str, Any] | None = None,
) -> Metric:
    """The metric of a ratio; rows are drawn anew with replacement, the same for all of its parts.

    Args:
        ctx: for the draws; the context's seed decides them.
        whole: the ratio that is the metric's value.
        parts: the others.
        columns: the rows; ``item_id`` is one of them, and what the ratios name are others.
        resamples: how many draws.
        facts: more facts.
    """
    import pyarrow as pa

    every = [whole, *parts]
    found = _estimated(every, columns, resamples, ctx.generator("resamples"))
    own = found[0]
    known: dict[str, Any] = {
        "unit": whole.unit,
        "score": whole.score,
        "interval": PAIRED_BOOTSTRAP,
        "resamples": resamples,
        "undefined_share": own.interval.undefined_share,
        "warnings": own.interval.warnings if own.value is not None else [],
        "parts": [_part(ratio, one) for ratio, one in zip(parts, found[1:], strict=True)],
    }
    if whole.among:
        known |= {"among": whole.among, "counted": own.n}
    reason = "" if own.value is not None else whole.undefined
    rows = len(columns["item_id"])
    return Metric(
        whole.name, *own.numbers, rows, reason, known | dict(facts or {}), pa.table(dict(columns))
    )


def _part(ratio: Ratio, found: _Found) -> dict[str, Any]:
    where = {"where": ratio.among, "is": True} if ratio.among else {}
    reason = "" if found.value is not None else ratio.undefined
    value, lower, upper = found.numbers
    numbers = {"n": found.n, "value": value, "lower": lower, "upper": upper}
    told = {"name": ratio.name, "score": ratio.score}
    unit = {"unit": ratio.unit} if ratio.unit != "share" else {}
    return {**told, **unit, **where, **numbers, "reason": reason}


def _estimated(
    ratios: Sequence[Ratio],
    columns: Mapping[str, Any],
    resamples: int,
    generator: np.random.Generator,
) -> list[_Found]:
    size = len(columns["item_id"])
    below = np.stack([_column(columns, ratio.among, size) for ratio in ratios])
    above = np.stack([_column(columns, ratio.score, size) for ratio in ratios]) * below
    counts = row_counts(generator, resamples, size)
    drawn = np.hstack([_divided(above @ some, below @ some) for some in counts])
    values = _divided(above.sum(axis=1), below.sum(axis=1))
    return [
        _Found(int(n), value if np.isfinite(value) else None, interval_of(own))
        for n, value, own in zip(below.sum(axis=1), values.tolist(), drawn, strict=True)
    ]


def _column(columns: Mapping[str, Any], name: str, size: int) -> Numbers:
    return np.asarray(columns[name], dtype=np.float64) if name else np.ones(size)


def _divided(above: Numbers, below: Numbers) -> Numbers:
    """The ratios; NaN where there is nothing to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
