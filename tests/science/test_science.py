"""The science questions are true, distinct, not guessable, and unseen in the pretraining text."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from dataclasses import astuple, replace

import pytest
from guessing import guessability

from w2sdl_runtime.science import PROMPT, Question, World, all_facts, answer_line, build_world
from w2sdl_runtime.science.tables import Domain, Fact, domains, shared_wording

GOLDEN = "9eb2681f8140da8ca75aa86d902cfbd5aeb7e3c5fcdf25bab3c05c15f3d6bdbd"
# Words that say nothing about a relation; all others count as the wording of a question.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an the of to in on at by for from with as is are was does do did has have be being
        what which who whom whose how when where and or so that it its one we you people there""",
    )
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def mentions(text: str, value: str) -> int:
    said, wanted = words(text), words(value)
    return sum(said[at : at + len(wanted)] == wanted for at in range(len(said)))


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(0)


@pytest.fixture(scope="module")
def facts() -> dict[str, Fact]:
    return {fact.id: fact for fact in all_facts()}


def options(question: Question) -> tuple[str, ...]:
    return (question.correct_answer, *question.distractors)


def test_bytes_are_the_same_everywhere(world: World) -> None:
    assert fingerprint(world) == GOLDEN
    assert fingerprint(build_world(0)) == GOLDEN


def fingerprint(world: World) -> str:
    text = "\n".join([*world.corpus, *(repr(astuple(question)) for question in world.questions)])
    return hashlib.sha256(text.encode()).hexdigest()


def test_build_is_quick() -> None:
    start = time.process_time()
    build_world(3)
    assert time.process_time() - start < 3


def test_there_are_enough_facts_and_questions(world: World) -> None:
    assert len({(fact.domain, fact.entity) for fact in all_facts()}) >= 580
    assert len(all_facts()) >= 2400
    distinct = {(question.question, options(question)) for question in world.questions}
    assert len(distinct) == len(world.questions) >= 5000
    assert len({question.question for question in world.questions}) == len(world.questions)
    assert len({question.fact for question in world.questions}) >= 1200


def test_the_corpus_has_the_agreed_size(world: World) -> None:
    tokens = Counter(
        token for text in world.corpus for token in re.findall(r"\w+|[^\w\s]", text.lower())
    )
    assert 4000 <= len(world.corpus) <= 7000
    assert 120_000 <= tokens.total() <= 200_000
    assert 1000 <= len(tokens) <= 2500
    known = set(tokens)
    for question in world.questions:
        assert known.issuperset(words(f"{question.question} {question.support}"))


def test_every_passage_has_8_to_12_different_sentences(world: World) -> None:
    for question in world.questions:
        assert 8 <= len(question.sentences) <= 12
        assert len(set(question.sentences)) == len(question.sentences)
        assert question.support == " ".join(question.sentences)


def test_every_option_stands_exactly_twice_in_the_passage(world: World) -> None:
    for question in world.questions:
        counts = [mentions(question.support, option) for option in options(question)]
        assert counts == [2, 2, 2, 2], question


def test_no_question_holds_an_option(world: World) -> None:
    for question in world.questions:
        asked = set(words(question.question))
        assert asked.isdisjoint(words(" ".join(options(question)))), question


def test_distractors_are_never_true(world: World, facts: dict[str, Fact]) -> None:
    truths: dict[tuple[str, str], set[str]] = {}
    for fact in facts.values():
        truths.setdefault((fact.entity, fact.relation), set()).update(fact.truths)
    for question in world.questions:
        fact = facts[question.fact]
        assert question.correct_answer == fact.value
        assert truths[fact.entity, fact.relation].isdisjoint(question.distractors)
        assert len(set(options(question))) == 4


def test_distractors_are_told_of_other_entities_only(world: World, facts: dict[str, Fact]) -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for fact in facts.values():
        owners.setdefault((fact.relation, fact.value), set()).add(fact.entity)
    for question in world.questions[::7]:
        relation = facts[question.fact].relation
        for at, text in enumerate(question.sentences):
            before = question.sentences[at - 1] if at else ""
            subject = before + text if "the same" in text.lower() else text
            for value in question.distractors:
                if mentions(text, value):
                    assert any(mentions(subject, name) for name in owners[relation, value]), text


def test_nothing_of_a_candidate_alone_tells_right_from_wrong(world: World) -> None:
    scores = guessability(world.questions)
    assert len(scores) == 5
    for view, score in scores.items():
        assert abs(score - 0.5) <= 0.05, (view, score)


def test_the_lint_sees_a_leak(world: World) -> None:
    """Distractors drawn from another relation make the answer guessable by its words."""
    odd = world.questions[0].distractors
    leaky = [
        replace(one, distractors=odd, support=one.support, sentences=(*one.sentences, *odd))
        for one in world.questions[400:1200]
    ]
    scores = guessability(leaky)
    assert scores["bag of words"] > 0.9
    assert scores["place in passage"] < 0.1


def test_parts_are_split_by_fours_of_one_relation(world: World, facts: dict[str, Fact]) -> None:
    groups: dict[str, set[str]] = {}
    for question in world.questions:
        groups.setdefault(question.group, set()).add(question.fact)
    for members in groups.values():
        assert len(members) == 4
        assert len({(facts[name].domain, facts[name].relation) for name in members}) == 1
        assert len({facts[name].value for name in members}) == 4
    assert sum(len(members) for members in groups.values()) == len(set().union(*groups.values()))


def test_a_value_is_right_once_and_wrong_thrice_in_its_group(world: World) -> None:
    right = Counter((question.group, question.correct_answer) for question in world.questions)
    wrong = Counter((one.group, value) for one in world.questions for value in one.distractors)
    assert wrong == Counter({key: 3 * count for key, count in right.items()})


def test_no_question_occurs_in_the_corpus(world: World) -> None:
    text = f" {' '.join(words(' '.join(world.corpus)))} "
    for question in world.questions:
        assert f" {' '.join(words(question.question))} " not in text


def test_pretraining_facts_are_set_apart(world: World, facts: dict[str, Fact]) -> None:
    pattern = re.compile(re.escape(PROMPT).replace(r"\{question\}", "(.+)") + " (.+)")
    lines = [found.groups() for text in world.corpus if (found := pattern.fullmatch(text))]
    asked = {question.fact for question in world.questions}
    kept = {question.entity for question in world.questions}
    total = sum(1 for fact in facts.values() if fact.entity in kept)
    assert 0.27 <= len(lines) / 4 / total <= 0.30
    assert not {question for question, _ in lines} & {one.question for one in world.questions}
    shown = {key for key, (question, answer) in _by_question(facts, lines).items()}
    assert shown.isdisjoint(asked)
    assert len(shown) == len(lines) // 4


def _by_question(
    facts: dict[str, Fact], lines: list[tuple[str, ...]]
) -> dict[str, tuple[str, str]]:
    """Find the fact behind each question-answer line, and check its answer."""
    asks = {
        (ask[0].upper() + ask[1:]).replace("{e}", domain.phrase(fact.entity)): fact
        for domain in domains()
        for fact in domain.facts
        for ask in domain.wording[fact.relation].questions
    }
    found = {}
    for question, answer in lines:
        fact = asks[question]
        assert fact == facts[fact.id]
        assert answer == fact.value
        found[fact.id] = (question, answer)
    return found


def test_every_fact_that_is_asked_is_stated_in_the_corpus(
    world: World, facts: dict[str, Fact]
) -> None:
    statements = [set(words(text)) for text in world.corpus if not text.startswith("Question:")]
    for question in world.questions[::40]:
        fact = facts[question.fact]
        need = set(words(f"{fact.entity} {fact.value}"))
        assert sum(need <= said for said in statements) >= 6


def test_worlds_and_seeds_differ_as_promised(world: World) -> None:
    other, again = build_world(1), build_world(0, seed=1)
    assert {one.entity for one in other.questions} != {one.entity for one in world.questions}
    assert {one.fact for one in other.questions} != {one.fact for one in world.questions}
    assert again.corpus == world.corpus
    assert {one.fact for one in again.questions} == {one.fact for one in world.questions}
    assert {one.support for one in again.questions}.isdisjoint(
        {one.support for one in world.questions}
    )


@pytest.mark.parametrize("domain", domains(), ids=lambda domain: domain.name)
def test_tables_are_sound(domain: Domain) -> None:
    assert len({fact.id for fact in domain.facts}) == len(domain.facts)
    assert {fact.relation for fact in domain.facts} == set(domain.wording)
    per_entity = Counter(fact.entity for fact in domain.facts)
    assert min(per_entity.values()) >= 2
    for fact in domain.facts:
        assert fact.value not in fact.also
        for text in (fact.entity, *fact.truths):
            assert re.fullmatch(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*", text), fact


def test_an_entity_belongs_to_one_table() -> None:
    names = Counter(
        name for domain in domains() for name in {fact.entity.lower() for fact in domain.facts}
    )
    assert names.most_common(1)[0][1] == 1


def test_questions_and_statements_of_a_relation_share_their_wording() -> None:
    for domain in domains():
        for relation, wording in domain.wording.items():
            assert len(set(wording.questions)) == len(set(wording.statements)) == 5
            for ask in wording.questions:
                assert ask.count("{e}") == 1
                for state in wording.statements:
                    assert state.count("{e}") == state.count("{v}") == 1
                    assert _content(ask) & _content(state), (domain.name, relation, ask, state)


def test_indirect_sentences_share_no_wording_with_any_question() -> None:
    indirect = {
        word
        for section in ("note", "pair", "beside")
        for text in shared_wording()[section]
        for word in _content(text)
    }
    for domain in domains():
        for wording in domain.wording.values():
            for ask in wording.questions:
                assert _content(ask).isdisjoint(indirect | set(words(domain.noun))), ask


def _content(template: str) -> set[str]:
    return set(words(re.sub(r"\{\w\}", "", template))) - FUNCTION_WORDS


def test_an_answer_line_begins_with_the_prompt() -> None:
    assert answer_line("What?", "gold") == PROMPT.format(question="What?") + " gold"
