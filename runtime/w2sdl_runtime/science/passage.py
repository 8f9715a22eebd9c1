"""Builds support passages in which all four options are equally often and equally loudly named.

The truth and each distractor stand in two sentences each, a distractor in sentences about *other*
entities. A register common to the passage and chance shifts make absolute directness say little
and the comparison much, so that it matters which sentences a reader is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.tables import Fact
from w2sdl_runtime.science.voice import Voice, sentence

_DIRECT = 3  # highest level
_SHIFT = 0.2  # probability that a level moves by one
_LEAD = 0.06  # what one leading sentence is of a passage
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The facts that passages may quote, grouped as they are looked up."""

    by_entity: Mapping[tuple[str, str], Sequence[Fact]]  # (domain, entity)
    by_value: Mapping[tuple[str, str, str], Sequence[Fact]]  # (domain, relation, value)
    by_domain: Mapping[str, Sequence[Fact]]


@dataclass(slots=True)
class _Draft:
    """A passage in the making: blocks of sentences that must stay in order."""

    voice: Voice
    fact: Fact
    shelf: Shelf
    dice: Dice
    banned: frozenset[str]  # words of the options, which no bystander may bring in again
    hosts: list[list[str]]  # blocks that "the same ..." may follow, about the asked entity
    blocks: list[list[str]]  # the others
    used: set[str]


def shelve(facts: Sequence[Fact]) -> Shelf:
    """Group facts for look-up."""
    entity: dict[tuple[str, str], list[Fact]] = {}
    value: dict[tuple[str, str, str], list[Fact]] = {}
    domain: dict[str, list[Fact]] = {}
    for fact in facts:
        entity.setdefault((fact.domain, fact.entity), []).append(fact)
        value.setdefault((fact.domain, fact.relation, fact.value), []).append(fact)
        domain.setdefault(fact.domain, []).append(fact)
    return Shelf(entity, value, domain)


def write_passage(
    fact: Fact, wrong: Sequence[str], voice: Voice, shelf: Shelf, dice: Dice
) -> tuple[str, ...]:
    """Write the sentences that support a question about the fact, in reading order."""
    banned = frozenset(words(" ".join((fact.value, *wrong))))
    draft = _Draft(voice, fact, shelf, dice, banned, [], [], set())
    register = dice.below(3)
    levels = (_level(register + 1, dice), _level(register, dice))
    _open(draft, max(1 + dice.below(2), sum(1 for level in levels if level < 2)))
    _state_truth(draft, sorted(levels, reverse=True))
    _tempt(draft, wrong, register)
    return _arrange(draft)


def words(text: str) -> list[str]:
    """Split a text into lower-case words."""
    return _WORDS.findall(text.lower())


def _open(draft: _Draft, count: int) -> None:
    """Say one or two other things about the asked entity."""
    own = draft.shelf.by_entity[draft.fact.domain, draft.fact.entity]
    for fact in draft.dice.shuffled(own):
        if fact is not draft.fact and len(draft.hosts) < count:
            clause = draft.voice.clause(fact, draft.dice)
            if _is_clean(draft, clause):
                draft.hosts.append([_say(draft, clause)])


def _state_truth(draft: _Draft, levels: Sequence[int]) -> None:
    """State the truth twice; "the same ..." has to follow a sentence about its entity."""
    voice, fact, dice = draft.voice, draft.fact, draft.dice
    hosts = dice.shuffled(draft.hosts)
    for at, level in enumerate(levels):
        subject = voice.again(fact) if level < 2 and hosts else ""
        make = voice.clause if level % 2 else voice.note
        text = _fresh(draft, [make(fact, dice, subject) for _ in range(6)])
        if subject:
            hosts[at % len(hosts)].append(text)
        else:
            draft.blocks.append([text])


def _tempt(draft: _Draft, wrong: Sequence[str], register: int) -> None:
    """Name each distractor twice, about entities of which it is true, and add bystanders."""
    dice, voice = draft.dice, draft.voice
    asked = voice.name(draft.fact)
    fillers = dice.below(3)
    plans = [
        (owner, _level(level, dice))
        for value in wrong
        for owner, level in zip(_owners(draft, value), (register, register - 1), strict=True)
    ]
    for owner, level in dice.shuffled(plans):
        lead = _aside(draft, owner) if fillers and level < 2 else ""
        fillers -= bool(lead)
        subject = voice.again(owner) if lead else ""
        make = voice.clause if level % 2 else voice.note
        tries = [make(owner, dice, subject) for _ in range(4)]
        if level == _DIRECT:
            tries = [voice.beside(clause, asked, dice) for clause in tries]
        elif level == 2:
            tries = [voice.pair(owner, asked, dice) for _ in tries]
        text = _fresh(draft, tries)
        draft.blocks.append([lead, text] if lead else [text])
    for _ in range(fillers):
        _add_bystander(draft)


def _arrange(draft: _Draft) -> tuple[str, ...]:
    """Shuffle the blocks; those with a leading sentence come a little earlier to make up for it."""
    keyed = [
        (draft.dice.unit() - _LEAD * (len(block) - 1), block)
        for block in (*draft.hosts, *draft.blocks)
    ]
    return tuple(text for _, block in sorted(keyed) for text in block)


def _owners(draft: _Draft, value: str) -> list[Fact]:
    """Find two entities, or one twice, that have the value."""
    fact = draft.fact
    found = draft.shelf.by_value[fact.domain, fact.relation, value]
    clean = [one for one in found if not draft.banned.intersection(words(one.entity))]
    chosen = draft.dice.take(clean or found, 2)
    return chosen if len(chosen) == 2 else chosen * 2


def _aside(draft: _Draft, owner: Fact) -> str:
    """Say another thing about the owner of a distractor, so that "the same ..." can follow."""
    own = draft.shelf.by_entity[owner.domain, owner.entity]
    others = [fact for fact in own if fact.relation != draft.fact.relation]
    if not others:
        return ""
    clause = draft.voice.clause(draft.dice.pick(others), draft.dice)
    return _say(draft, clause) if _is_clean(draft, clause) else ""


def _add_bystander(draft: _Draft) -> None:
    """Say something about an entity that the question has nothing to do with."""
    facts = draft.shelf.by_domain[draft.fact.domain]
    for _ in range(20):
        fact = draft.dice.pick(facts)
        apart = fact.entity != draft.fact.entity and fact.relation != draft.fact.relation
        clause = draft.voice.clause(fact, draft.dice)
        if apart and _is_clean(draft, clause):
            draft.blocks.append([_say(draft, clause)])
            return


def _is_clean(draft: _Draft, clause: str) -> bool:
    """Say whether a clause is new to the passage and names no option."""
    return draft.banned.isdisjoint(words(clause)) and sentence(clause) not in draft.used


def _fresh(draft: _Draft, clauses: Sequence[str]) -> str:
    """Take the first clause that the passage has not said yet."""
    new = [clause for clause in clauses if sentence(clause) not in draft.used]
    return _say(draft, new[0] if new else draft.voice.framed(clauses[0], draft.dice))


def _say(draft: _Draft, clause: str) -> str:
    text = sentence(clause)
    draft.used.add(text)
    return text


def _level(level: int, dice: Dice) -> int:
    """Shift a level by chance and keep it within 0..3."""
    draw = dice.unit()
    moved = level + (draw < _SHIFT / 2) - (draw >= 1 - _SHIFT / 2)
    return max(0, min(_DIRECT, moved))
