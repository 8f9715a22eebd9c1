"""One point of a claim, and what is said beside its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.report.alone import estimate_of
from w2sdl_runtime.report.deciding import Measured, Word, measured, needs_words
from w2sdl_runtime.report.notes import Notes
from w2sdl_runtime.report.term import Made
from w2sdl_runtime.report.terms import Evaluator
from w2sdl_runtime.stats.effects import Effect
from w2sdl_runtime.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison at one point: its samples, and the nodes of a number of a table."""

    values: Numbers
    made: Made
    constant: bool  #: whether it is made of plain numbers only


@dataclass(frozen=True, slots=True)
class Judged:
    """One point of one claim.

    ``left`` and ``right`` are what is compared, and ``difference`` is left minus right. Of a trend they are
    the first and the last number along it and its slope, the mean change per step.
    """

    point: Mapping[str, str]
    left: float | None
    right: float | None
    difference: Interval | None
    holds: bool | None
    verdict: Word
    notes: tuple[str, ...]
    p: float | None = None
    effect: Effect | None = None
    claim: str = ""  #: of an ordering, which neighbours

    @property
    def statistics(self) -> tuple[str, ...]:
        """The p and the effect size in words, as far as there are any."""
        from w2sdl_runtime.report.verdict_words import statistics

        return tuple(statistics(self))


def measure_claim(values: Numbers, level: float, notes: Notes, evaluator: Evaluator) -> Measured:
    """A statistic of rows and seeds; that of an unstable recovered gap has no interval."""
    with np.errstate(invalid="ignore"):
        return _unless_unstable(measured(evaluator.samples.estimate(values), level), notes)


def measure_sides(
    left: Side, right: Side, level: float, notes: Notes, evaluator: Evaluator
) -> Measured:
    """Left minus right. A number of a table against a constant keeps the interval that it has there."""
    for side, other, sign in ((left, right, 1), (right, left, -1)):
        if other.constant and (alone := estimate_of(side.made, evaluator.repeated)):
            return _unless_unstable(measured(alone, level, float(other.values[0]), sign), notes)
    return measure_claim(left.values - right.values, level, notes, evaluator)


def _unless_unstable(found: Measured, notes: Notes) -> Measured:
    """Without its interval where it is an unstable recovered gap."""
    if any(note.about == "unstable" for note in notes):
        return replace(found, interval=Interval(found.value), parts=None)
    return found


def without_number(
    point: Mapping[str, str], left: float | None, right: float | None, notes: Notes
) -> Judged:
    """A point at which there is nothing to judge, with why."""
    why = texts(notes) or ("a number is undefined (a division by zero)",)
    return Judged(point, left, right, None, None, "undecided", why)


def told(notes: Notes, why_open: tuple[str, ...]) -> tuple[str, ...]:
    """Notes and why a verdict is open; an unstable ratio says itself why it has no interval."""
    unstable = any(note.about == "unstable" for note in notes)
    return texts(notes) + (() if unstable else why_open)


def open_words(
    found: Measured, distance: float, level: float, bound: str, word: Word, what: str = "difference"
) -> tuple[str, ...]:
    """Why a verdict is open, and what would settle it."""
    if word in ("supported", "contradicted"):
        return ()
    if found.interval.lower is None:
        why = found.interval.method or "nothing says how far chance would reach"
        return (f"there is no interval: {why}",)
    said = (f"the {100 * level:g} % interval of the {what} includes {bound}",)
    needs = needs_words(found, distance, level) if word == "undecided" else ""
    return (*said, needs) if needs else said


def texts(notes: Notes) -> tuple[str, ...]:
    """Notes as sentences, in a fixed order."""
    return tuple(note.text for note in sorted(notes))
