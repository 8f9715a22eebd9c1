"""Puts a world of advice together: pairs of replies, and dialogues to pretrain on.

Which reply is better follows from a rule that no text states: the one whose means belong to the thing
asked about; where both do, or neither does, the one that is kind.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from w2sdl_runtime.science.dice import Dice

PROMPT = "Human: {ask} Assistant:"
OPEN_ASKS = 4  # wordings of a request that the corpus has; the others are asked in the pairs
TOPICAL_SHARE = 0.9  # of the replies of the corpus
_MATTERS = 0.7  # share of the pairs in which one reply fits the thing and the other doesn't


@dataclass(frozen=True, slots=True)
class Topic:
    """Things that people ask about, and the means that help with any of them."""

    name: str
    things: tuple[str, ...]
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A dialogue up to the reply, and two replies."""

    dialogue: str
    better: str
    worse: str
    thing: str
    topic: str
    decides: str  # "fit" or "manner": what makes the better one better


@dataclass(frozen=True, slots=True)
class World:
    """The pairs of a world and the text to pretrain on."""

    pairs: tuple[Pair, ...]
    corpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """The wordings of one world."""

    asks: tuple[str, ...]  #: of the pairs
    open_asks: tuple[str, ...]  #: of the corpus
    said: Mapping[str, tuple[str, ...]]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a world holds."""

    pairs: int
    dialogues: int  #: of the corpus
    topics: int  #: the fewer, the easier it is to say what belongs together


def build_world(size: Size, number: int = 0, draw: int = 0) -> World:
    """Build a world; equal arguments give equal bytes on every machine.

    ``draw`` draws other pairs; the corpus stays the same.
    """
    voice = _choose_voice(number, size.topics)
    asked = Dice("pairs", number, draw)
    told = Dice("corpus", number)
    return World(
        tuple(_pair(voice, asked) for _ in range(size.pairs)),
        tuple(told.shuffled([*_dialogues(size.dialogues, voice, told), *_notes(voice, told)])),
    )


def _pair(voice: _Voice, dice: Dice) -> Pair:
    topic, thing = _thing(voice, dice)
    fits = dice.chance(_MATTERS)
    same = dice.chance(0.5)  # whether both fit, where both are alike
    kind = (dice.chance(0.5), dice.chance(0.5)) if fits else (True, False)
    better = _reply(_means(topic, fits or same, voice, dice), kind[0], voice, dice)
    worse = _reply(_means(topic, not fits and same, voice, dice), kind[1], voice, dice)
    ask = dice.pick(voice.asks).replace("{t}", thing)
    return Pair(ask, better, worse, thing, topic.name, "fit" if fits else "manner")


def _dialogues(count: int, voice: _Voice, dice: Dice) -> Iterator[str]:
    """Requests and replies as people give them: mostly to the point, kind or not."""
    for _ in range(count):
        topic, thing = _thing(voice, dice)
        means = _means(topic, dice.chance(TOPICAL_SHARE), voice, dice)
        ask = dice.pick(voice.open_asks).replace("{t}", thing)
        yield f"{PROMPT.format(ask=ask)} {_reply(means, dice.chance(0.5), voice, dice)}"


def _notes(voice: _Voice, dice: Dice) -> Iterator[str]:
    """Sentences that say which means go with a thing."""
    for topic in voice.topics:
        for thing in topic.things:
            for note in voice.said["note"]:
                yield _fill(note, _means(topic, True, voice, dice)).replace("{t}", thing)


def _thing(voice: _Voice, dice: Dice) -> tuple[Topic, str]:
    topic = dice.pick(voice.topics)
    return topic, dice.pick(topic.things)


def _means(topic: Topic, fitting: bool, voice: _Voice, dice: Dice) -> tuple[str, str]:
    """Two means of the topic, or of another one."""
    if not fitting:
        topic = dice.pick([other for other in voice.topics if other is not topic])
    first, second = dice.take(topic.means, 2)
    return first, second


def _reply(means: tuple[str, str], kind: bool, voice: _Voice, dice: Dice) -> str:
    manner = dice.pick(voice.said["kind" if kind else "rude"])
    return f"{manner} {_fill(dice.pick(voice.said['reply']), means)}"


def _fill(template: str, means: tuple[str, str]) -> str:
    return template.replace("{m}", means[0]).replace("{n}", means[1])


def _choose_voice(number: int, count: int) -> _Voice:
    asks = Dice("asks", number).shuffled(wording()["ask"])
    chosen = tuple(Dice("topics", number).take(topics(), count))
    return _Voice(tuple(asks[OPEN_ASKS:]), tuple(asks[:OPEN_ASKS]), wording(), chosen)


@functools.cache
def topics() -> tuple[Topic, ...]:
    """Read every topic, in the order of the file."""
    made = []
    for name, lines in _sections("topics.txt").items():
        words = dict(line.split(": ", 1) for line in lines)
        made.append(Topic(name, tuple(words["things"].split()), tuple(words["means"].split())))
    return tuple(made)


@functools.cache
def wording() -> Mapping[str, tuple[str, ...]]:
    """Read the sentences, by section."""
    return {name: tuple(lines) for name, lines in _sections("wording.txt").items()}


def _sections(file: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (resources.files(__package__) / file).read_text("utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return found
