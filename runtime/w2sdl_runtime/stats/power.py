"""How many rows or seeds would settle a difference: 80 % power at the size that was seen.

The size seen is itself uncertain, so these are rough plans and not guarantees. Needed is that the
interval excludes zero with 80 % probability, by the noncentral t distribution (Cohen 1988, 12.8).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from w2sdl_runtime.stats.intervals import LEVEL, t_quantile
from w2sdl_runtime.stats.leave_out import Variances

POWER = 0.8
#: More is no answer that anybody could act on.
MOST_ROWS, MOST_SEEDS = 10_000_000, 1000


@dataclass(frozen=True, slots=True)
class Needed:
    """How many rows, at the seeds there are, and how many seeds, at the rows there are.

    None where no number of them would do; ``words`` says all of it.
    """

    rows: int | None
    seeds: int | None
    words: str


def rows_needed(only_a: int, only_b: int, rows: int) -> Needed:
    """For McNemar's exact test of two arms on shared rows, from those that only one has right.

    The formula is Connor's (1987), with the continuity correction that an exact test of a count asks for
    (Fleiss 1981, 3.2).

    Raises:
        ValueError: where more rows differ than there are.
    """
    if not 0 <= only_a + only_b <= rows or not rows:
        raise ValueError(f"{only_a} + {only_b} of {rows} rows can't differ")
    difference = (only_a - only_b) / rows
    if difference == 0:
        return Needed(None, None, "no difference was seen, so no number of rows would show one")
    size, discordant = abs(difference), (only_a + only_b) / rows
    differing = math.sqrt(discordant - difference**2)
    reach = t_quantile(math.inf) * math.sqrt(discordant) + t_quantile(math.inf, POWER) * differing
    asymptotic = (reach / size) ** 2
    exact = asymptotic / 4 * (1 + math.sqrt(1 + 4 / (asymptotic * size))) ** 2
    found = _smallest(lambda n: n >= exact, MOST_ROWS)
    return Needed(found, None, _words(found, None, rows=rows, seeds=1))


def needed(
    difference: float, parts: Variances, *, seeds: int, rows: int, level: float = LEVEL
) -> Needed:
    """For a difference over seeds and rows, from the parts of its variance at these numbers of them.

    Args:
        difference: as seen.
        parts: of its variance (`leave_out.variances`).
        seeds: that it was seen on; fewer than 2 say nothing about further seeds.
        rows: likewise.
        level: of the interval that is to exclude zero.
    """
    if difference == 0:
        return Needed(None, None, "no difference was seen, so nothing would show one")

    def enough(more_seeds: float, more_rows: float) -> bool:
        by_seed = parts.of_seeds * seeds / more_seeds
        by_row = parts.of_rows * rows / more_rows
        both = parts.both * seeds * rows / (more_seeds * more_rows)
        grown = Variances(
            by_seed + both,
            by_row + both,
            both,
            (
                int(more_seeds) - 1 if seeds > 1 else 0,
                int(more_rows) - 1 if rows > 1 else 0,
                parts.freedom_of[2],
            ),
        )
        return _reaches(difference, grown.total, grown.freedom, level)

    by_rows = _smallest(lambda n: enough(max(seeds, 1), n), MOST_ROWS) if rows > 1 else None
    by_seeds = _smallest(lambda s: enough(s, max(rows, 1)), MOST_SEEDS) if seeds > 1 else None
    return Needed(by_rows, by_seeds, _words(by_rows, by_seeds, rows=rows, seeds=seeds))


def _reaches(difference: float, variance: float, freedom: float, level: float = LEVEL) -> bool:
    """Whether an interval excludes zero on the side of the difference with the power that is wanted."""
    if variance == 0:
        return True
    from scipy.special import nctdtr, ndtr

    bound, size = t_quantile(freedom, (1 + level) / 2), abs(difference) / math.sqrt(variance)
    if size >= 3 * bound:  # at any freedom and level enough, and nctdtr is NaN far out
        return True
    missed = ndtr(bound - size) if math.isinf(freedom) else nctdtr(freedom, size, bound)
    return float(missed) <= 1 - POWER


def _smallest(enough: Callable[[int], bool], highest: int) -> int | None:
    """The smallest number of two digits that is enough; None where none is.

    All are tried: with more rows the variance falls, and the degrees of freedom fall to those of seeds.
    """
    return next((count for count in _two_digits(highest) if enough(count)), None)


def _two_digits(highest: int) -> Iterator[int]:
    """2, 3, ... 99, 100, 110, ... 990, 1,000, 1,100 ...: an estimate says no more than that."""
    unit, count = 1, 2
    while count <= highest:
        yield count
        count += unit
        if count == 100 * unit:
            unit *= 10


def _words(by_rows: int | None, by_seeds: int | None, *, rows: int, seeds: int) -> str:
    counts = ((by_rows, "rows"), (by_seeds, "seeds"))
    enough = [f"{count:,} {what}" for count, what in counts if count is not None]
    limits = []
    if rows > 1 and by_rows is None:
        limits.append(f"no number of rows would do with {seeds} seed{'s' * (seeds != 1)}")
    if seeds > 1 and by_seeds is None:
        limits.append(f"no number of seeds would do with {rows:,} rows")
    return "; ".join([f"about {', or '.join(enough)}"] * bool(enough) + limits)
