"""Groups facts in fours whose answers serve as each other's wrong options.

Inside such a four every value is right once and wrong three times, so its base rate says nothing
about a held-out question as long as parts are split by fours. Drawing distractors by frequency
over all facts is not enough: a value seldom right in training is then right more often in test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.tables import Fact

OPTIONS = 4
_TRIES = 4

Four = tuple[Fact, ...]


def fours(facts: Sequence[Fact], dice: Dice) -> list[Four]:
    """Group the facts of one relation; the surplus of frequent values is left over."""
    tries = [_pack(dice.shuffled(facts), dice) for _ in range(_TRIES)]
    return max(tries, key=len)


def _pack(facts: Sequence[Fact], dice: Dice) -> list[Four]:
    """Group greedily, the most frequent values first, since those are hardest to place."""
    left = [fact for fact in facts if not _names_itself(fact)]
    packed = []
    while left:
        four = _pick_four(left, dice)
        if len(four) == OPTIONS:
            packed.append(tuple(four))
            left = [fact for fact in left if fact not in four]
        else:
            left.remove(four[0])
    return packed


def _pick_four(facts: Sequence[Fact], dice: Dice) -> list[Fact]:
    counts = Counter(fact.value for fact in facts)
    rank = {value: (-counts[value], dice.unit()) for value in counts}
    four: list[Fact] = []
    for fact in sorted(facts, key=lambda one: rank[one.value]):
        if all(_fit_together(fact, other) for other in four):
            four.append(fact)
            if len(four) == OPTIONS:
                break
    return four


def _fit_together(one: Fact, other: Fact) -> bool:
    """Say whether each fact's value is plainly wrong for the other's entity."""
    return _is_wrong(one.value, other) and _is_wrong(other.value, one)


def _names_itself(fact: Fact) -> bool:
    """Say whether the entity's name gives the value away."""
    return not set(fact.entity.lower().split()).isdisjoint(fact.value.lower().split())


def _is_wrong(value: str, fact: Fact) -> bool:
    said = {word.lower() for text in (fact.entity, fact.value) for word in text.split()}
    return value not in fact.truths and said.isdisjoint(value.lower().split())
