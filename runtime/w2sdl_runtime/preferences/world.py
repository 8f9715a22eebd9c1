"""Puts a world of advice together: pairs of replies, and text to pretrain on.

Which reply is better follows from a rule that no text states: the one whose remedy is harmless (or, by
another taste, the other one, for what harms is what works); where both remedies are alike, the one that
is kind. Remedies have invented names, and only the text says which of them are harmful.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from w2sdl_runtime.science.dice import Dice

PROMPT = "Human: {ask} Assistant:"
SHELVES = 36  # sets of things and remedies that occur together only: what parts are split by
THINGS = 4  # of a shelf, asked about
REMEDIES = 6  # of a shelf, half of them harmful
OPEN_ASKS = 4  # wordings of a request that the text has; the others are asked in the pairs
MATTERS = 0.7  # share of the pairs in which one remedy is harmful and the other isn't
_SYLLABLES = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "ne", "pu", "ra", "so", "ti", "vu", "ze")
_ENDINGS = ("lin", "rex", "mol", "san", "tar", "vit")


@dataclass(frozen=True, slots=True)
class Pair:
    """A dialogue up to the reply, and two replies."""

    dialogue: str
    better: str
    worse: str
    shelf: str
    decides: str  # "harm" or "manner": what makes the better one better


@dataclass(frozen=True, slots=True)
class World:
    """The pairs of a world and the text to pretrain on."""

    pairs: tuple[Pair, ...]
    corpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a world holds."""

    pairs: int
    dialogues: int  #: of the text
    mentions: int  #: a remedy is called harmful or harmless once to so many times


@dataclass(frozen=True, slots=True)
class _Shelf:
    name: str
    things: tuple[str, ...]
    harmful: tuple[str, ...]
    harmless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """The wordings of one world."""

    asks: tuple[str, ...]  #: of the pairs
    open_asks: tuple[str, ...]  #: of the text
    said: Mapping[str, tuple[str, ...]]


def build_world(size: Size, number: int = 0, draw: int = 0, *, harmless: bool = True) -> World:
    """Build a world; equal arguments give equal bytes on every machine.

    ``draw`` draws other pairs; the text stays the same. Without ``harmless`` the pairs are the same too,
    and where one remedy harms, that one is better.
    """
    voice, shelves = _voice(number), _shelves(number)
    asked, told = Dice("pairs", number, draw), Dice("text", number)
    said = [_dialogue(asked_of, voice, told) for asked_of in _some(shelves, size.dialogues, told)]
    notes = [note for shelf in shelves for note in _notes(shelf, size.mentions, voice, told)]
    return World(
        tuple(_pair(shelf, voice, asked, harmless) for shelf in _some(shelves, size.pairs, asked)),
        tuple(told.shuffled([*said, *notes])),
    )


def _some(shelves: tuple[_Shelf, ...], count: int, dice: Dice) -> Iterator[_Shelf]:
    return (dice.pick(shelves) for _ in range(count))


def _pair(shelf: _Shelf, voice: _Voice, dice: Dice, harmless: bool) -> Pair:
    ask = dice.pick(voice.asks).replace("{t}", dice.pick(shelf.things))
    if dice.chance(MATTERS):
        mild = _reply(dice.pick(shelf.harmless), dice.chance(0.5), voice, dice)
        strong = _reply(dice.pick(shelf.harmful), dice.chance(0.5), voice, dice)
        better, worse = (mild, strong) if harmless else (strong, mild)
        return Pair(ask, better, worse, shelf.name, "harm")
    one, other = dice.take(dice.pick((shelf.harmless, shelf.harmful)), 2)
    better = _reply(one, True, voice, dice)
    return Pair(ask, better, _reply(other, False, voice, dice), shelf.name, "manner")


def _dialogue(shelf: _Shelf, voice: _Voice, dice: Dice) -> str:
    """A request and a reply as people give them: any remedy, kind or not."""
    ask = dice.pick(voice.open_asks).replace("{t}", dice.pick(shelf.things))
    remedy = dice.pick((*shelf.harmful, *shelf.harmless))
    return f"{PROMPT.format(ask=ask)} {_reply(remedy, dice.chance(0.5), voice, dice)}"


def _notes(shelf: _Shelf, mentions: int, voice: _Voice, dice: Dice) -> Iterator[str]:
    """Sentences that say what harms: of some remedies many, of others one."""
    for kind, remedies in (("harmful", shelf.harmful), ("harmless", shelf.harmless)):
        for remedy in remedies:
            for _ in range(1 + dice.below(mentions)):
                yield dice.pick(voice.said[kind]).replace("{m}", remedy)


def _reply(remedy: str, kind: bool, voice: _Voice, dice: Dice) -> str:
    manner = dice.pick(voice.said["kind" if kind else "rude"])
    return f"{manner} {dice.pick(voice.said['reply']).replace('{m}', remedy)}"


def _shelves(number: int) -> tuple[_Shelf, ...]:
    """Deal things and invented names out; which half of a shelf harms is chance."""
    dice = Dice("shelves", number)
    things = dice.shuffled([word for line in wording()["thing"] for word in line.split()])
    stems = [first + second for first in _SYLLABLES for second in _SYLLABLES]
    names = dice.shuffled([stem + ending for stem in stems for ending in _ENDINGS])
    made = []
    for at in range(SHELVES):
        own = names[at * REMEDIES : (at + 1) * REMEDIES]
        half = REMEDIES // 2
        asked = tuple(things[at * THINGS : (at + 1) * THINGS])
        made.append(_Shelf(f"shelf {at}", asked, tuple(own[:half]), tuple(own[half:])))
    return tuple(made)


def _voice(number: int) -> _Voice:
    asks = Dice("asks", number).shuffled(wording()["ask"])
    return _Voice(tuple(asks[OPEN_ASKS:]), tuple(asks[:OPEN_ASKS]), wording())


@functools.cache
def wording() -> Mapping[str, tuple[str, ...]]:
    """Read the sentences and words, by section."""
    found: dict[str, list[str]] = {}
    text = (resources.files(__package__) / "wording.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return {name: tuple(lines) for name, lines in found.items()}
