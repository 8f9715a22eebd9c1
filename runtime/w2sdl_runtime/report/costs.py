"""What a run took: time, processors, GPUs and tries, and what it did not have to compute again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.report.outcome import Totals


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, all of them. What a record of an earlier version lacks is None.

    ``computing`` is the sum over nodes of what each took, however many ran beside each other;
    ``processor`` and ``gpu`` are those of all tries, failed ones too: time times what was reserved.
    """

    wall: float | None
    computing: float
    processor: float | None
    gpu: float | None
    tries: int | None
    saved: float
    reused: int


def cost_of(run: Mapping[str, Any], totals: Sequence[Totals]) -> Cost:
    """The cost of a run by its ``run.json`` and the totals of its nodes."""
    spent = run.get("spent") or {}
    tries = spent.get("tries")
    return Cost(
        run.get("seconds"),
        sum(total.seconds for total in totals),
        spent.get("cpu_seconds"),
        spent.get("gpu_seconds"),
        None if tries is None else int(tries),
        sum(total.saved for total in totals),
        sum(total.reused for total in totals),
    )
