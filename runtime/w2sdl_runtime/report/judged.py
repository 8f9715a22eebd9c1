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

    ``left`` and ``right`` are what is compared; of a trend the first and the last number along it, and
    ``difference`` is its slope, the mean change per step.
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
        return unless_shaky(measured(evaluator.samples.estimate(values), level), notes)


def measure_sides(
    left: Side, right: Side, level: float, notes: Notes, evaluator: Evaluator
) -> Measured:
    """Left minus right. A number of a table against a constant keeps the interval that it has there."""
    for side, other, sign in ((left, right, 1), (right, left, -1)):
        if other.constant and (alone := estimate_of(side.made, evaluator.repeated)):
            return unless_shaky(measured(alone, level, float(other.values[0]), sign), notes)
    return measure_claim(left.values - right.values, level, notes, evaluator)


def unless_shaky(found: Measured, notes: Notes) -> Measured:
    """Without its interval where it is an unstable recovered gap."""
    if any(note.about == "unstable" for note in notes):
        return replace(found, interval=Interval(found.value), parts=None)
    return found


def open_words(
    found: Measured, distance: float, level: float, bound: str, word: Word, what: str = "difference"
) -> tuple[str, ...]:
    """Why a verdict is open, and what would settle it."""
    if word in ("supported", "contradicted"):
        return ()
    if found.interval.lower is None:
        return ("there is no interval: nothing says how far chance would reach",)
    said = (f"the {100 * level:g} % interval of the {what} includes {bound}",)
    needs = needs_words(found, distance, level) if word == "undecided" else ""
    return (*said, needs) if needs else said


def unless_unstable(said: tuple[str, ...], notes: Notes) -> tuple[str, ...]:
    """An unstable ratio says itself why it has no interval."""
    return () if any(note.about == "unstable" for note in notes) else said


def why_undefined(notes: Notes) -> tuple[str, ...]:
    """Why there is no number to judge."""
    return texts(notes) or ("a number is undefined (a division by zero)",)


def texts(notes: Notes) -> tuple[str, ...]:
    """Notes as sentences, in a fixed order."""
    return tuple(note.text for note in sorted(notes))
