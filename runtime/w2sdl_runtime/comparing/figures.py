"""Numbers and counts of a difference in words, the same in every format."""

from __future__ import annotations

from w2sdl_runtime.comparing.arms import place_text
from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.several import Against, ComparedResults
from w2sdl_runtime.stats.intervals import Interval

MINUS = "−"


def arm_name(one: Difference) -> str:
    """``S' evidence=debate``; "" where there is one arm only."""
    return " ".join(filter(None, (one.of, place_text(one.point))))


def full_name(one: Difference) -> str:
    """``scores of S' evidence=debate``."""
    rest = arm_name(one)
    return f"{one.measure} of {rest}" if one.of else " ".join(filter(None, (one.measure, rest)))


def number(value: float | None, percent: bool, signed: bool = False) -> str:
    """``0.885``, ``88.5 %``, ``+0.012``; up to noise in the last bits."""
    if value is None:
        return "–"
    shown = round(100 * value if percent else value, 1 if percent else 3) + 0.0
    digits = f"{shown:+.1f}" if percent else f"{shown:+.3f}"
    text = digits if signed else digits.lstrip("+")
    return text.replace("-", MINUS) + (" %" if percent and not signed else "")


def delta_text(one: Difference, percent: bool) -> str:
    """``+0.012 [−0.003, +0.027]``; the words where there is none."""
    if one.same:
        return "one result"
    if one.delta is None:
        return "undefined" if one.a is not None or one.b is not None else "missing"
    return interval_text(one.delta, percent)


def interval_text(found: Interval, percent: bool) -> str:
    value = number(found.value, percent, signed=True)
    if found.lower is None or found.upper is None:
        return value
    ends = (number(end, percent, signed=True) for end in (found.lower, found.upper))
    return f"{value} [{', '.join(ends)}]"


def p_text(p: float | None) -> str:
    """``0.032``, ``< 0.001``."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def effect_text(one: Difference) -> str:
    """``h +0.12``."""
    if one.effect is None or one.effect.value is None:
        return ""
    return f"{one.effect.name} {number(one.effect.value, False, signed=True)[:-1]}"


def flips_text(one: Difference) -> str:
    """``−12 +30``: rows that only A has right, and only B."""
    if one.flips is None:
        return ""
    lost, gained = one.flips.counts
    return f"{MINUS}{lost:,} +{gained:,}"


def extent_text(one: Difference) -> str:
    """``1,000 rows x 3 seeds``."""
    seeds = len({seed.seed for seed in one.seeds})
    rows = f"{one.rows.shared:,} rows" if one.rows.shared else ""
    return " x ".join(filter(None, (rows, f"{seeds} seed{'s' * (seeds != 1)}" if seeds else "")))


def cautions(one: Difference) -> list[str]:
    """What could not be paired, and why a number is not there."""
    rows = one.rows
    counted = (
        (rows.only_a, "only in a"),
        (rows.only_b, "only in b"),
        (rows.other_text, "with another text under the same id, left out"),
        (rows.other_gold, "with another gold label under the same id, left out"),
    )
    told = [f"{count:,} row{'s' * (count != 1)} {what}" for count, what in counted if count]
    for names, side in ((one.only_a, "a"), (one.only_b, "b")):
        told += [f"seed{'s' * (len(names) != 1)} {', '.join(names)} only in {side}"] if any(names) else []
    reason = [one.test.reason] if one.test and one.test.reason and not one.same else []
    return [*told, *one.notes, *reason]


def statement(found: ComparedResults) -> str:
    """How many comparisons there are, and what was done about that."""
    if not found.tests:
        return "nothing could be tested: p is undefined everywhere"
    if found.tests == 1:
        return "1 comparison: p needs no correction. The interval is a 95 % interval."
    return (
        f"{found.tests} comparisons: Holm's p is corrected for all of them together, so that one false "
        "finding among them stays below 5 %. Each interval is a 95 % interval by itself."
    )


def flips_statement(other: Against) -> str:
    """How flips are counted; "" where there are none."""
    hows = dict.fromkeys(one.flips.how for one in other.differences if one.flips and not one.same)
    if not hows:
        return ""
    return f"flips: rows that only a has right (−) and only b (+), {' or '.join(hows)}"
