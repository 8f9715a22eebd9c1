"""The numbers of one metric and of its parts, and in words why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl.errors.validity import RULES
from w2sdl_runtime.measuring.resampling import UNSTABLE_SHARE
from w2sdl_runtime.report.text import percent
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.values import Metric


def own_interval(metric: Metric, part: str = "") -> Interval | None:
    """The interval that a metric brought along; None where it has no value."""
    value, lower, upper, _ = part_numbers(metric, part)
    return None if value is None else Interval(value, lower, upper, interval_method(metric))


def interval_method(metric: Metric) -> str:
    """How the interval that a metric brought along was formed, as it is told beside those of means."""
    method = str(metric.facts.get("interval", ""))
    return "Wilson over rows" if method == "wilson" else method


def metric_part(metric: Metric, part: str) -> Mapping[str, Any]:
    """What a metric says of a part of its rows, by the part's name."""
    found: Mapping[str, Any] = next(p for p in metric.facts["parts"] if p["name"] == part)
    return found


def unit_of(metric: Metric, part: str) -> str:
    """What a number is in: a part may have a unit of its own."""
    own = metric_part(metric, part).get("unit") if part else None
    return str(own or metric.facts.get("unit", ""))


def part_numbers(metric: Metric, part: str) -> tuple[float | None, float | None, float | None, str]:
    """Value, lower and upper end, and the reason where there is none; "" is the whole.

    Resamples that all gave the same (no row is toxic, a ranking without a mistake) have no ends: a width
    of zero would claim certainty.
    """
    own = metric_part(metric, part) if part else _whole(metric)
    lower, upper = own["lower"], own["upper"]
    if lower is not None and lower == upper:
        lower = upper = None
    return own["value"], lower, upper, own.get("reason", "")


def _whole(metric: Metric) -> Mapping[str, Any]:
    """The numbers of a whole metric, by the names that its parts have for theirs."""
    return {name: getattr(metric, name) for name in ("value", "lower", "upper", "reason")}


def counted_rows(metric: Metric, part: str) -> int:
    """How many rows a share of rows counts; 0 where it is no such share."""
    if not part:
        rows = int(metric.facts.get("counted", metric.n))
        return rows if "score" in metric.facts else 0
    own = metric_part(metric, part)
    return int(own.get("n", 0)) if "score" in own or "where" in own else 0


_REASONS = {
    "supervisor_never_right": "there is no row on which the supervisor is right",
    "supervisor_never_wrong": "there is no row on which the supervisor is wrong",
}


def undefined(metric: Metric, reason: str) -> str:
    """Why a metric has no value, as the end of a sentence."""
    sides = {"ceiling_not_above_weak": "above", "ceiling_not_below_weak": "below"}
    if reason in sides and "accuracies" in metric.facts:
        of = metric.facts["accuracies"]
        return (
            f"PGR is undefined because the ceiling ({percent(of['ceiling'])} %)"
            f" is not {sides[reason]} the weak model ({percent(of['weak'])} %) [{RULES['no_gap']}]"
        )
    return (
        f"undefined because {_REASONS.get(reason, reason.replace('_', ' ') or 'no reason given')}"
    )


def unstable(facts: Mapping[str, Any], better: str = "above") -> str:
    """Why a recovered gap has no interval: there may be no gap."""
    gap, share = facts["gap"], facts["no_gap_share"]
    if share > UNSTABLE_SHARE or gap["lower"] is None:
        return f"in {100 * share:.0f} % of resamples the ceiling is not {better} the weak model"
    ends = f"{percent(gap['lower'])} to {percent(gap['upper'])} points"
    return f"the 95 % interval of the gap, {ends}, includes zero"
