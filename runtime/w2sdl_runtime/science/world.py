"""Puts a world together: its entities, its wording, its split of facts, its questions and corpus.

Worlds differ in what is known and how it is said; seeds of one world only in passages, wrong
options and the choice among question wordings, so pretrained models can serve several seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl_runtime.science.corpus import write_corpus
from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.options import askable, chances, draw
from w2sdl_runtime.science.passage import Shelf, shelve, write_passage
from w2sdl_runtime.science.tables import Domain, Fact, domains
from w2sdl_runtime.science.voice import Voice, choose_voice

ENTITY_SHARE = 0.85
SHOWN_SHARE = 0.285  # facts only for pretraining: their question-answer lines are in the corpus
WORDINGS = 4  # questions asked about a fact, of the five that are written


@dataclass(frozen=True, slots=True)
class Question:
    """A multiple-choice question with its passage, in the fields of SciQ."""

    question: str
    correct_answer: str
    distractors: tuple[str, str, str]
    support: str
    sentences: tuple[str, ...]  # the support, sentence by sentence
    fact: str  # the group that parts are split by
    entity: str
    domain: str


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
    shown = frozenset(f.id for f in facts if Dice("split", number, f.id).chance(SHOWN_SHARE))
    questions: list[Question] = []
    for related in asked_facts(facts, shown, number):
        questions += _ask(related, voice, shelf, f"{number}/{seed}")
    corpus = write_corpus(shelf.by_entity, shown, voice, Dice("corpus", number))
    return World(number, tuple(questions), corpus)


def asked_facts(
    facts: Sequence[Fact], shown: frozenset[str], number: int
) -> tuple[list[Fact], ...]:
    """Give the facts that questions are made of, relation by relation."""
    relations: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if fact.id not in shown:
            relations.setdefault((fact.domain, fact.relation), []).append(fact)
    return tuple(
        askable(related, Dice("askable", number, *relation))
        for relation, related in relations.items()
    )


def _present(domain: Domain, number: int) -> list[Fact]:
    """Keep the facts of the entities that this world has."""
    entities = list(dict.fromkeys(fact.entity for fact in domain.facts))
    count = round(len(entities) * ENTITY_SHARE)
    kept = set(Dice("entities", number, domain.name).take(entities, count))
    return [fact for fact in domain.facts if fact.entity in kept]


def _ask(facts: Sequence[Fact], voice: Voice, shelf: Shelf, key: str) -> list[Question]:
    """Write the questions about the facts of one relation."""
    table: Mapping[str, Mapping[str, float]] = chances(facts)
    made = []
    for fact in facts:
        dice = Dice("question", key, fact.id)
        for text in dice.take(voice.questions(fact), WORDINGS):
            wrong = draw(table[fact.id], dice)
            told = write_passage(fact, wrong, voice, shelf, dice)
            made.append(
                Question(
                    question=text,
                    correct_answer=fact.value,
                    distractors=wrong,
                    support=" ".join(told),
                    sentences=told,
                    fact=fact.id,
                    entity=fact.entity,
                    domain=fact.domain,
                )
            )
    return made
