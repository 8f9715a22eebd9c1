"""One statistic with its interval, p and effect size, and the word that these earn a claim.

One number is judged: left minus right, whatever the sign between them, or the slope of a trend. ``>`` and
``rises`` claim that it is positive, ``<`` and ``falls`` that it is negative. The words, exhaustively:

supported      the claim holds in the numbers and the interval excludes zero
contradicted   it does not hold and the interval excludes zero
undecided      it holds and the interval includes zero, or there is none; or there is no number
not supported  it does not hold, and the interval includes zero or there is none
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from w2sdl_runtime.stats.effects import Effect, cohens_h, standardised_difference
from w2sdl_runtime.stats.estimates import Estimate
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, Variances, combine, variances
from w2sdl_runtime.stats.power import needed

Word = Literal["supported", "undecided", "not supported", "contradicted"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A statistic with what its leave-one-out values say of chance.

    ``interval`` is at the level of the claim; ``parts`` is None where nothing says how far chance
    reaches. ``test`` is the one-sided p of a bound.
    """

    interval: Interval
    left_out: LeftOut
    parts: Variances | None
    test: Callable[[float], float | None]

    @property
    def value(self) -> float:
        return self.interval.value

    def one_sided(self, bound: float = 0.0) -> float | None:
        """How often chance alone would put the statistic this far above ``bound``, or further."""
        return None if self.interval.lower is None else self.test(bound)

    def two_sided(self) -> float | None:
        """The two-sided p that goes with the interval: below 1 - level where that excludes zero."""
        p = self.one_sided()
        return None if p is None else 2 * min(p, 1 - p)


def measured(estimate: Estimate, level: float, constant: float = 0.0, sign: int = 1) -> Measured:
    """A number minus a constant, or with ``sign`` -1 the constant minus the number.

    Here claims get their intervals, p and needed numbers, all of one estimate.
    """
    found = estimate.interval(level)
    ends = [None if end is None else sign * (end - constant) for end in (found.lower, found.upper)]
    lower, upper = ends if sign > 0 else reversed(ends)
    interval = Interval(sign * (found.value - constant), lower, upper, found.method)
    left_out = combine(lambda one: sign * one, estimate.minus(constant))

    def above(bound: float) -> float | None:
        p = estimate.above(constant + sign * bound)
        return p if p is None or sign > 0 else 1 - p

    parts = None if lower is None else variances(left_out)
    return Measured(interval, left_out, parts, above)


def word_of(holds: bool, interval: Interval) -> Word:
    """The verdict where there is a number: see the head of this module."""
    if interval.excludes_zero:
        return "supported" if holds else "contradicted"
    return "undecided" if holds else "not supported"


def within_word(difference: Interval, margin: float) -> Word:
    """The verdict on an equality: where the interval lies, inside of the margins or outside of both."""
    lower, upper = difference.lower, difference.upper
    if lower is not None and upper is not None:
        if -margin < lower and upper < margin:
            return "supported"
        if lower > margin or upper < -margin:
            return "contradicted"
    return "undecided" if abs(difference.value) <= margin else "not supported"


def within_p(found: Measured, margin: float) -> float | None:
    """Of an equality that seems to hold: the larger of two one-sided tests, doubled (Schuirmann 1987).

    Doubled, so that it is below 1 - level where the interval at that level lies within the margins. Of
    one that seems not to hold: that of a difference beyond the margin.
    """
    above, below = found.one_sided(-margin), found.one_sided(margin)
    if above is None or below is None:
        return None
    if abs(found.value) <= margin:
        return min(1.0, 2 * max(above, 1 - below))
    return min(1.0, 2 * (below if found.value > 0 else 1 - above))


def effect_of(left: float, right: float, share: bool, found: Measured) -> Effect:
    """Cohen's h of two shares; of other numbers d_z, over seeds or, with one, over rows."""
    if share and 0 <= left <= 1 and 0 <= right <= 1:
        return Effect(cohens_h(left, right), "h")
    return standardised_effect(found)


def standardised_effect(found: Measured) -> Effect:
    """d_z of the jackknife's pseudo-values: for a mean difference, the differences themselves."""
    left_out = found.left_out
    values = left_out.seeds if len(left_out.seeds) > 1 else left_out.rows
    if values is left_out.rows and len(values) < left_out.row_count:
        return Effect(None, "d_z over rows", "of so many rows it is known of groups only")
    pseudo = len(values) * left_out.full - (len(values) - 1) * values
    over = "seeds" if len(left_out.seeds) > 1 else "rows"
    effect = standardised_difference(pseudo)
    return Effect(effect.value, f"d_z over {over}", effect.reason)


def needs_words(found: Measured, distance: float, level: float) -> str:
    """How many rows or seeds would settle a statistic that is this far from where it is decided."""
    if found.parts is None or not found.parts.total:
        return ""
    seeds, rows = len(found.left_out.seeds), found.left_out.row_count or len(found.left_out.rows)
    units = {"seeds": max(1, seeds), "rows": max(1, rows)}
    words = needed(distance, found.parts, **units, level=level).words
    return f"needs {words}" if words.startswith("about") else words
