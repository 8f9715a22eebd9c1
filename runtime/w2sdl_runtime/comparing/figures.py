"""Numbers and counts of a difference in words, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence

from w2sdl_runtime.comparing.arms import place_text
from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.several import ComparedResults, Row
from w2sdl_runtime.report import text
from w2sdl_runtime.stats.intervals import Interval


def arm_name(one: Difference) -> str:
    """``S' evidence=debate``; "" where there is one arm only."""
    return " ".join(filter(None, (one.of, place_text(one.point))))


def row_name(row: Row) -> str:
    """``scores of S' evidence=debate``, and against what where that varies."""
    one, rest = row.difference, arm_name(row.difference)
    name = f"{one.measure} of {rest}" if one.of else " ".join(filter(None, (one.measure, rest)))
    return f"{name}, {row.against}" if row.against else name


def by_measure(found: ComparedResults) -> list[list[Row]]:
    """The rows of the table of each measure."""
    tables: dict[str, list[Row]] = {}
    for row in found.rows:
        tables.setdefault(row.difference.measure, []).append(row)
    return list(tables.values())


def title(rows: Sequence[Row]) -> str:
    """``scores = accuracy on sciq.test, 1,000 rows x 3 seeds``; the extent where all have the same."""
    first = rows[0].difference
    compared = [row.difference for row in rows if not row.difference.same]
    extents = sorted({extent_text(one) for one in compared} - {""})
    more = f", {' or '.join(extents)}" if extents else ""
    lower = "; lower is better" if first.better == "lower" else ""
    return f"{first.measure} = {first.op} on {first.on}{more}{lower}"


def number(value: float | None, percent: bool, signed: bool = False) -> str:
    """``0.885``, ``88.5 %``, ``+0.012``: digits as in a report, so that a number reads alike in both."""
    if value is None:
        return "–"
    digits = text.percent(value) if percent else text.number(value)
    if signed:
        return text.signed(digits)
    return f"{digits} %" if percent else digits


def delta_text(one: Difference, percent: bool) -> str:
    """``+0.012 [−0.003, +0.027]``; the words where there is none."""
    if one.same:
        return "one result"
    if one.delta is None:
        return "missing" if one.missing else "undefined"
    return interval_text(one.delta, percent)


def interval_text(found: Interval, percent: bool) -> str:
    """``+0.012 [−0.003, +0.027]``; the number alone where it has no bounds."""
    value = number(found.value, percent, signed=True)
    if found.lower is None or found.upper is None:
        return value
    ends = (number(end, percent, signed=True) for end in (found.lower, found.upper))
    return f"{value} [{', '.join(ends)}]"


def p_text(p: float | None) -> str:
    """``0.032``, ``< 0.001``."""
    return "–" if p is None else text.chance(p)


def effect_text(one: Difference) -> str:
    """``h +0.12``."""
    if one.same or one.effect is None or one.effect.value is None:
        return ""
    return f"{one.effect.name} {text.signed(text.number(one.effect.value, 2))}"


def points_statement(found: ComparedResults) -> str:
    """What differences of numbers in per cent are in; "" where there are none."""
    shares = any(one.unit == "share" for one in found.differences)
    return "Differences of shares are in percentage points." if shares else ""


def verdict_text(one: Difference) -> str:
    """``better``, ``worse``, ``higher`` or ``lower`` of a difference told apart from chance; else ""."""
    return one.verdict if one.told_apart and one.delta and not one.same else ""


def extent_text(one: Difference) -> str:
    """``1,000 rows x 3 seeds``; without seeds where the arm has none."""
    seeds = len({seed.seed for seed in one.seeds} - {""})
    rows = f"{one.rows.shared:,} rows" if one.rows.shared else ""
    return " x ".join(filter(None, (rows, f"{seeds} seed{'s' * (seeds != 1)}" if seeds else "")))


def cautions(one: Difference, label: str = "b") -> list[str]:
    """What could not be paired, and why a number is not there."""
    rows = one.rows
    counted = (
        (rows.only_a, "only in a"),
        (rows.only_b, f"only in {label}"),
        (rows.other_text, "with another text under the same id, left out"),
        (rows.other_gold, "with another gold label under the same id, left out"),
    )
    told = [f"{count:,} row{'s' * (count != 1)} {what}" for count, what in counted if count]
    for names, side in ((one.only_a, "a"), (one.only_b, label)):
        told += (
            [f"seed{'s' * (len(names) != 1)} {', '.join(names)} only in {side}"]
            if any(names)
            else []
        )
    reason = [one.test.reason] if one.test and one.test.reason and not one.same else []
    return [*told, *one.notes, *reason]


def cautions_of(found: ComparedResults) -> dict[str, str]:
    """Every caution, with the comparisons that it holds of."""
    told: dict[str, list[str]] = {}
    rows = found.rows
    for row in rows:
        for caution in cautions(row.difference, row.against or row.other):
            told.setdefault(caution, []).append(row_name(row))
    return {caution: _whom(names, len(rows)) for caution, names in told.items()}


def _whom(names: Sequence[str], every: int) -> str:
    if len(names) == every > 1:
        return "everywhere"
    return f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}"


def statement(found: ComparedResults) -> str:
    """How many comparisons there are, and what was done about that."""
    if found.differences and all(one.same for one in found.differences):
        return "Every number is one result of the store: there is nothing to test."
    if not found.tests:
        return "Nothing could be tested: p is undefined everywhere."
    if found.tests == 1:
        return "1 comparison: p needs no correction. The interval is a 95 % interval."
    return (
        f"{found.tests} comparisons: Holm's p is corrected for all of them together, so that one false "
        "finding among them stays below 5 %. Each interval is a 95 % interval by itself."
    )
