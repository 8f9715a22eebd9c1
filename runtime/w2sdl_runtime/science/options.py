"""Draws wrong options so that no value is right more often than wrong.

A value that answers n questions must be a distractor of 3 n options, or the base rate of a value
would give the answer away. The draw meets that in expectation, by fitting a table of inclusion
probabilities (rows: facts, columns: values) to those sums, and then samples three values a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import fsum

from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.tables import Fact

WRONG = 3
RARE = 3  # a value of fewer facts is stated but never asked: held out, it is only ever wrong
_ROUNDS = 40
_ROOM = 1.0  # share of the places open to a value that its distractors may fill

Chances = Mapping[str, Mapping[str, float]]  # fact id -> value -> probability of being an option


def askable(facts: Sequence[Fact], dice: Dice) -> list[Fact]:
    """Keep the facts of one relation whose values can be balanced; drop rare and surplus ones."""
    kept = dice.shuffled(facts)
    while kept:
        counts = Counter(fact.value for fact in kept)
        rare = {value for value, count in counts.items() if count < RARE}
        if len(counts) - len(rare) <= WRONG:
            return []
        room = 1.0 if len(counts) == WRONG + 1 else _ROOM
        full = [value for value in counts if WRONG * counts[value] > room * _open(kept, value)]
        thin = [fact for fact in kept if len(_choices(fact, counts)) < WRONG]
        drop = _to_drop(kept, rare, full, thin)
        if not drop:
            return sorted(kept, key=lambda fact: fact.id)
        kept = [fact for fact in kept if fact.id not in drop]
    return []


def chances(facts: Sequence[Fact]) -> Chances:
    """Fit the inclusion probabilities of one relation's askable facts."""
    counts = Counter(fact.value for fact in facts)
    table = {fact.id: {v: counts[v] / len(facts) for v in _choices(fact, counts)} for fact in facts}
    for _ in range(_ROUNDS):
        for value, count in counts.items():
            total = fsum(row.get(value, 0.0) for row in table.values())
            for row in table.values():
                if value in row and total:
                    row[value] *= WRONG * count / total
        for row in table.values():
            _fit(row)
    return table


def draw(row: Mapping[str, float], dice: Dice) -> tuple[str, str, str]:
    """Draw three different values with the row's probabilities (systematic sampling)."""
    start = dice.unit()
    reached, chosen = 0.0, list[str]()
    values = dice.shuffled(list(row))
    for value in values:
        reached += row[value]
        if reached > start + len(chosen) and len(chosen) < WRONG:
            chosen.append(value)
    spare = [value for value in values if value not in chosen]  # only if rounding lost one
    first, second, third = dice.shuffled([*chosen, *spare[: WRONG - len(chosen)]])
    return first, second, third


def _choices(fact: Fact, values: Collection[str]) -> list[str]:
    named = set(fact.entity.lower().split())
    return [v for v in values if v not in fact.truths and not named & set(v.lower().split())]


def _open(facts: Sequence[Fact], value: str) -> int:
    return sum(1 for fact in facts if _choices(fact, (value,)))


def _to_drop(
    kept: Sequence[Fact], rare: Collection[str], full: Sequence[str], thin: Sequence[Fact]
) -> set[str]:
    drop = {fact.id for fact in kept if fact.value in rare} | {fact.id for fact in thin}
    if not drop:  # a surplus goes one fact at a time, because each one shrinks the room of others
        drop = {next(fact.id for fact in kept if fact.value == value) for value in full}
    return drop


def _fit(row: dict[str, float]) -> None:
    """Scale a row to a sum of three with no entry above one."""
    for _ in range(len(row)):
        free = [value for value in row if row[value] < 1.0]
        rest = WRONG - (len(row) - len(free))
        total = fsum(row[value] for value in free)
        if total <= 0.0:
            return
        for value in free:
            row[value] *= rest / total
        if all(row[value] <= 1.0 for value in free):
            return
        for value in free:
            row[value] = min(row[value], 1.0)
