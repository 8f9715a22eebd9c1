"""Writes the pretraining text: every fact stated in several ways, a few also asked.

Question-answer lines exist only for the facts set aside for pretraining, so the corpus teaches the
format of a question without holding a question of any part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.tables import Fact
from w2sdl_runtime.science.voice import Voice, sentence

PROMPT = "Question: {question} Answer:"
REWORDINGS = 6  # statements of each fact, one a document
_FRAMED = 1  # of these, so many carry a frame around the clause
_ASKED = 4  # question-answer lines of each fact that has any
_AGAIN = 0.05  # share of later sentences that point back instead of naming
_NEAR = 0.2  # share of the vaguer sentences that passages have, so that their words are known


def write_corpus(
    entities: Mapping[tuple[str, str], Sequence[Fact]],
    shown: Collection[str],
    voice: Voice,
    dice: Dice,
) -> tuple[str, ...]:
    """Give the documents in random order; `shown` holds the ids of the facts that are asked."""
    near: dict[str, list[str]] = {}
    for (domain, _), facts in entities.items():
        near.setdefault(domain, []).append(voice.name(facts[0]))
    documents = []
    for (domain, _), facts in entities.items():
        documents += _about(facts, near[domain], voice, dice)
        for fact in facts:
            if fact.id in shown:
                documents += _asked(fact, voice, dice)
    return tuple(dice.shuffled(documents))


def answer_line(question: str, answer: str) -> str:
    """Give a question and its answer as the corpus shows them."""
    return f"{PROMPT.format(question=question)} {answer}"


def _asked(fact: Fact, voice: Voice, dice: Dice) -> list[str]:
    questions = dice.take(voice.questions(fact), _ASKED)
    return [answer_line(question, fact.value) for question in questions]


def _about(facts: Sequence[Fact], near: Sequence[str], voice: Voice, dice: Dice) -> list[str]:
    """Write the documents about one entity, each with all its facts."""
    others = [name for name in near if name != voice.name(facts[0])]
    columns = [_wordings(fact, others, voice, dice) for fact in facts]
    documents = []
    for at in range(REWORDINGS):
        told = []
        for place, column in enumerate(dice.shuffled(columns)):
            named, pointing = column[at]
            told.append(sentence(pointing if place and dice.chance(_AGAIN) else named))
        documents.append(" ".join(told))
    return documents


def _wordings(fact: Fact, others: Sequence[str], voice: Voice, dice: Dice) -> list[tuple[str, str]]:
    """Give the statements of a fact, each with a twin that points back to the entity."""
    named, pointing = voice.clauses(fact), voice.clauses(fact, voice.again(fact))
    order = dice.shuffled(range(len(named)))
    made = []
    for at in range(REWORDINGS - 1):
        which = order[at % len(order)]
        frame = _frame(others, voice, dice) if at < _FRAMED else "{c}"
        made.append((frame.replace("{c}", named[which]), frame.replace("{c}", pointing[which])))
    last = _last(fact, others, voice, dice)
    return dice.shuffled([*made, (last, last)])


def _last(fact: Fact, others: Sequence[str], voice: Voice, dice: Dice) -> str:
    if not dice.chance(_NEAR):
        return voice.card(fact, dice)
    if dice.chance(0.5):
        return voice.note(fact, dice)
    return voice.pair(fact, dice.pick(others), dice)


def _frame(others: Sequence[str], voice: Voice, dice: Dice) -> str:
    if dice.chance(_NEAR):
        return voice.beside("{c}", dice.pick(others), dice)
    return voice.framed("{c}", dice)
