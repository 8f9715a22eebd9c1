"""Differences of one table, corrected together: B, C, ... each against one reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from w2sdl_runtime.comparing.arms import Aligned, Unmet
from w2sdl_runtime.comparing.compared import Difference, compare_pair
from w2sdl_runtime.stats.several import holm


@dataclass(frozen=True)
class Against:
    """All differences of one B from the reference A, and what stands in one of them only."""

    a: str
    b: str
    differences: tuple[Difference, ...]
    unmet: tuple[Unmet, ...] = ()
    verdict: str = ""  #: what the two designs' differences mean; "" within one design
    label: str = "b"  #: how tables call B
    missing: tuple[str, ...] = ()  #: numbers that a side lacks, with the command that makes them


@dataclass(frozen=True, slots=True)
class Row:
    """A difference as a row of a table: what it is against, and how its B is called there."""

    difference: Difference
    against: str  #: the label of B; "" where all rows have the same B
    other: str  #: the head of B's column


def _arms_together(rows: Sequence[Row]) -> list[Row]:
    """Rows by measure and arm, each in the order in which they come first."""
    measures: dict[str, dict[tuple[str, str], list[Row]]] = {}
    for row in rows:
        one = row.difference
        arm = one.of, str(dict(one.point))
        measures.setdefault(one.measure, {}).setdefault(arm, []).append(row)
    return [row for arms in measures.values() for same in arms.values() for row in same]


@dataclass(frozen=True)
class ComparedResults:
    """A table of differences from one reference. ``tests`` is how many p were corrected together."""

    reference: str
    against: tuple[Against, ...]
    tests: int

    @property
    def rows(self) -> list[Row]:
        """All differences with what each is against; the same arm against several stands together."""
        several = len(self.against) > 1
        found = [
            Row(one, other.label if several else "", "other" if several else other.label)
            for other in self.against
            for one in other.differences
        ]
        return _arms_together(found) if several else found

    @property
    def differences(self) -> list[Difference]:
        return [one for other in self.against for one in other.differences]

    @property
    def differs(self) -> bool:
        """Whether any difference is told apart from chance."""
        return any(one.told_apart for one in self.differences)


def compare_all(every: Sequence[Aligned], per_seed: bool = False) -> ComparedResults:
    """Compare all pairs of arms, and correct p by Holm over the whole table."""
    found = [[compare_pair(pair, one, per_seed) for pair in one.pairs] for one in every]
    flat = [one for some in found for one in some]
    ps = [one.test.p if one.test and not one.same else None for one in flat]
    adjusted = iter(holm(ps))
    against = tuple(
        Against(
            one.name_a,
            one.name_b,
            tuple(replace(difference, adjusted=next(adjusted)) for difference in some),
            one.unmet,
            one.verdict,
            one.label,
            tuple(dict.fromkeys(filter(None, (one.a.lacks, one.b.lacks)))),
        )
        for one, some in zip(every, found, strict=True)
    )
    return ComparedResults(every[0].name_a, against, sum(p is not None for p in ps))
