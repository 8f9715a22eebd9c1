"""Verdicts as text and as data: the same words in the terminal, in Markdown and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from w2sdl.claims import LEVEL
from w2sdl_runtime.report.text import chance, number

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.judged import Judged

#: Points of an expectation that are listed; of more, those that are not supported come first.
POINTS = 12


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """What is to be said below an expectation and its verdict, a line each."""
    points = sorted(verdict.points, key=lambda point: point.verdict == "supported")
    for point in points[:POINTS]:
        yield f"{place_words(point, verdict)}{point_words(point, verdict)}"
        yield from (f"  {note}" for note in point.notes)
    if len(points) > POINTS:
        yield f"and at {len(points) - POINTS} more points"
    yield from remarks(verdict)


def place_words(point: Judged, verdict: Verdict) -> str:
    """Which neighbours of an ordering, where, and the verdict there; "" where there is one point only."""
    if len(verdict.points) == 1:
        return ""
    where = ", ".join(f"{axis} {at}" for axis, at in point.point.items())
    return f"{', '.join(filter(None, [point.claim, where]))}: {point.verdict}; "


def point_words(point: Judged, verdict: Verdict) -> str:
    """``left minus right 0.071 [0.031, 0.111], p 0.003, h 0.18``."""
    what = "slope" if verdict.is_trend else "left minus right"
    if point.difference is None:
        return "no number"
    found = point.difference
    text = f"{what} {number(found.value)}"
    if found.lower is not None and found.upper is not None:
        text += f" [{number(found.lower)}, {number(found.upper)}]{at_level(verdict)}"
    return ", ".join([text, *statistics(point)])


def at_level(verdict: Verdict) -> str:
    """`` at 99 %``, for the interval of a verdict; "" at the usual level."""
    return "" if verdict.level == LEVEL else f" at {verdict.level_text}"


def statistics(point: Judged) -> list[str]:
    """P and the effect size of a point, as far as there are any."""
    words = [] if point.p is None else [p_words(point.p)]
    if point.effect is not None and point.effect.value is not None:
        words.append(f"{point.effect.name} {number(point.effect.value, 2)}")
    return words


def p_words(p: float) -> str:
    """``p 0.003``, ``p < 0.001``."""
    return f"p {chance(p)}"


def remarks(verdict: Verdict) -> Iterator[str]:
    """What holds of an expectation as a whole: its level, Holm's p, and when it was written."""
    if verdict.level != LEVEL:
        yield f"judged by intervals of {verdict.level_text}"
    if verdict.adjusted is not None:
        text = (
            f"with all expectations of the run taken together, {p_words(verdict.adjusted)} (Holm)"
        )
        lost = ": the verdict does not survive"
        yield text + (lost if verdict.survives is False else "")
    if verdict.registered is not None:
        yield verdict.registered.words


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON: `w2sdl show --json` and the API give these fields."""
    seen = verdict.registered
    return {
        "name": verdict.name,
        "text": verdict.text,
        "verdict": verdict.verdict,
        "level": verdict.level,
        "p": verdict.p,
        "adjusted_p": verdict.adjusted,
        "survives": verdict.survives,
        "registered": seen and {**asdict(seen), "state": seen.state},
        "points": [asdict(point) for point in verdict.points],
    }
