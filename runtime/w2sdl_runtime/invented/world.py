"""Puts invented texts together: words of hidden kinds, texts that a rule labels, sentences that tell.

The words of a world depend on the kinds alone: subjects with the same kinds (remarks and openings) have
the same words, so that what was learned of one serves the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl_runtime.invented.subjects import NAMES, Subject
from w2sdl_runtime.science.dice import Dice

_SYLLABLES = ("bra", "dol", "fin", "gur", "kem", "lop", "mur", "nil", "pag", "rit", "sno", "tev")
_ENDINGS = ("gle", "kin", "mop", "nard", "wick", "zel")


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    texts: int
    words: int  #: invented ones, as many of each kind
    sentences: int  #: of the corpus in which any word may stand
    mentions: int  #: the kind of a word is told once to so many times
    rude: float  #: share of the corpus' open sentences with a word of the first kind


@dataclass(frozen=True, slots=True)
class Made:
    """One text with its label."""

    text: str
    label: bool
    word: str
    kinds: str  #: of the word and of what stands beside it
    answer: str


def words_of(subject: Subject, count: int, world: int) -> dict[str, str]:
    """Invented words with their kinds, dealt out evenly."""
    dice = Dice("words", world, *subject.kinds)
    stems = [one + other for one in _SYLLABLES for other in _SYLLABLES]
    names = dice.shuffled([stem + ending for stem in stems for ending in _ENDINGS])[:count]
    return {name: subject.kinds[at % len(subject.kinds)] for at, name in enumerate(names)}


def texts_of(subject: Subject, size: Size, world: int, draw: int) -> list[Made]:
    """The texts, as many with label 1 as 0 where both can be, each once."""
    words = words_of(subject, size.words, world)
    dice = Dice("texts", world, draw, *subject.asked)
    kinds = [(word, beside) for word in subject.kinds for beside in subject.beside]
    sides = [[pair for pair in kinds if subject.rule(*pair) == wanted] for wanted in (True, False)]
    by_kind = {kind: [w for w, k in words.items() if k == kind] for kind in subject.kinds}
    found: dict[str, Made] = {}
    for at in range(20 * size.texts):
        if len(found) == size.texts:
            break
        side = True if subject.answer or not sides[1] else at % 2 == 0
        kind, beside = dice.pick(sides[0 if side else 1])
        word = dice.pick(by_kind[kind])
        text = _filled(dice.pick(subject.asked), word, dice.pick(subject.beside[beside]), dice)
        found.setdefault(text, _made(subject, text, side, (word, kind, beside)))
    return list(found.values())


def _made(subject: Subject, text: str, side: bool, drawn: tuple[str, str, str]) -> Made:
    word, kind, beside = drawn
    return Made(text, side, word, f"{kind} {beside}", subject.answer.replace("{w}", word))


def corpus_of(subject: Subject, size: Size, world: int) -> list[str]:
    """Sentences that tell of each word what it is, and sentences that don't."""
    words = words_of(subject, size.words, world)
    dice = Dice("corpus", world, *subject.open)
    told = [
        sentence
        for word, kind in words.items()
        for sentence in _telling(subject, word, kind, size.mentions, dice)
    ]
    first = [word for word, kind in words.items() if kind == subject.kinds[0]]
    other = [word for word, kind in words.items() if kind != subject.kinds[0]]
    beside = [one for some in subject.beside.values() for one in some]
    spoken = [
        _filled(
            dice.pick(subject.open),
            dice.pick(first if dice.chance(size.rude) else other),
            dice.pick(beside),
            dice,
        )
        for _ in range(size.sentences)
    ]
    return dice.shuffled([*told, *spoken])


def _telling(subject: Subject, word: str, kind: str, mentions: int, dice: Dice) -> Iterator[str]:
    for _ in range(1 + dice.below(mentions)):
        yield _filled(dice.pick(subject.told[kind]), word, "", dice)


def _filled(template: str, word: str, beside: str, dice: Dice) -> str:
    text = template.replace("{w}", word).replace("{x}", beside)
    return text.replace("{n}", dice.pick(NAMES))
