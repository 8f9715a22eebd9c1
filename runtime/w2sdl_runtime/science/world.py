"""Puts a world together: its entities, its wording, its split of facts, its questions and corpus.

Worlds differ in what is known and how it is said; seeds of one world only in passages, wrong
options and the choice among question wordings, so pretrained models can serve several seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl_runtime.science.corpus import write_corpus
from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.options import OPTIONS, Four, fours
from w2sdl_runtime.science.passage import Shelf, shelve, write_passage
from w2sdl_runtime.science.tables import Domain, Fact, domains
from w2sdl_runtime.science.voice import Voice, choose_voice

ENTITY_SHARE = 0.85
SHOWN_SHARE = 0.285  # facts only for pretraining: their question-answer lines are in the corpus
SHOWN_LEFT = 0.4  # that share of the facts that fit no four spares fours from pretraining
WORDINGS = 4  # questions asked about a fact, of the five that are written


@dataclass(frozen=True, slots=True)
class Question:
    """A multiple-choice question with its passage, in the fields of SciQ."""

    question: str
    correct_answer: str
    distractors: tuple[str, str, str]
    support: str
    sentences: tuple[str, ...]  # the support, sentence by sentence
    fact: str  # id of the fact asked about
    entity: str
    domain: str
    group: str  # id of the four facts that share their options: what parts are split by


@dataclass(frozen=True, slots=True)
class World:
    """The questions of a world and the text to pretrain on."""

    number: int
    questions: tuple[Question, ...]
    corpus: tuple[str, ...]


def build_world(number: int = 0, seed: int = 0) -> World:
    """Build a world; equal arguments give equal bytes on every machine."""
    voice = choose_voice(domains(), number)
    facts = [fact for domain in domains() for fact in _present(domain, number)]
    shelf = shelve(facts)
    shown, asked = split(facts, number)
    questions: list[Question] = []
    for four in asked:
        questions += _ask(four, voice, shelf, f"{number}/{seed}")
    corpus = write_corpus(shelf.by_entity, shown, voice, Dice("corpus", number))
    return World(number, tuple(questions), corpus)


def split(facts: Sequence[Fact], number: int) -> tuple[frozenset[str], list[Four]]:
    """Give the ids of the facts for pretraining only, and the fours that questions ask about."""
    relations: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        relations.setdefault((fact.domain, fact.relation), []).append(fact)
    shown: set[str] = set()
    asked: list[Four] = []
    for relation, related in relations.items():
        kept = _kept(related, Dice("split", number, *relation))
        asked += kept
        shown |= _shown(related, kept, Dice("shown", number, *relation))
    return frozenset(shown), asked


def _kept(facts: Sequence[Fact], dice: Dice) -> list[Four]:
    """Choose the fours of one relation that are asked; the rest go to pretraining."""
    grouped = fours(facts, dice)
    left = len(facts) - OPTIONS * len(grouped)
    wanted = SHOWN_SHARE * len(facts) - SHOWN_LEFT * left
    count = max(1, round(wanted / OPTIONS)) if grouped else 0
    return dice.take(grouped, len(grouped) - count)


def _shown(facts: Sequence[Fact], kept: Sequence[Four], dice: Dice) -> set[str]:
    """Choose the facts of one relation that only pretraining asks about."""
    asked = {fact.id for four in kept for fact in four}
    free = [fact.id for fact in facts if fact.id not in asked]
    return set(dice.take(free, round(SHOWN_SHARE * len(facts))))


def _present(domain: Domain, number: int) -> list[Fact]:
    """Keep the facts of the entities that this world has."""
    entities = list(dict.fromkeys(fact.entity for fact in domain.facts))
    count = round(len(entities) * ENTITY_SHARE)
    kept = set(Dice("entities", number, domain.name).take(entities, count))
    return [fact for fact in domain.facts if fact.entity in kept]


def _ask(four: Four, voice: Voice, shelf: Shelf, key: str) -> list[Question]:
    """Write the questions about four facts whose values are each other's wrong options."""
    made = []
    for fact in four:
        dice = Dice("question", key, fact.id)
        for text in dice.take(voice.questions(fact), WORDINGS):
            first, second, third = dice.shuffled([one.value for one in four if one is not fact])
            told = write_passage(fact, (first, second, third), voice, shelf, dice)
            made.append(
                Question(
                    question=text,
                    correct_answer=fact.value,
                    distractors=(first, second, third),
                    support=" ".join(told),
                    sentences=told,
                    fact=fact.id,
                    entity=fact.entity,
                    domain=fact.domain,
                    group=four[0].id,
                )
            )
    return made
