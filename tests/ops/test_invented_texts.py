"""`invented_texts`: labels follow the rule, the corpus tells kinds and no text, parts share no word."""

from __future__ import annotations

import json

import pytest
from helpers_data import Bench

from w2sdl_runtime.invented.subjects import SUBJECTS
from w2sdl_runtime.invented.world import Size, corpus_of, texts_of, words_of
from w2sdl_runtime.ops.invented_texts import invented_texts

SIZE = Size(texts=400, words=80, sentences=200, mentions=3, rude=0.5)
CLASSED = [name for name, subject in SUBJECTS.items() if not subject.answer]


@pytest.mark.parametrize("name", SUBJECTS)
def test_labels_follow_the_rule_and_texts_are_distinct(name: str) -> None:
    subject = SUBJECTS[name]
    words = words_of(subject, SIZE.words, 0)
    made = texts_of(subject, SIZE, 0, 0)
    assert len({one.text for one in made}) == len(made) > 300
    for one in made:
        kind, beside = one.kinds.split()
        assert words[one.word] == kind
        assert subject.rule(kind, beside) == one.label
        assert one.word in (one.answer or one.text)


@pytest.mark.parametrize("name", CLASSED)
def test_neither_the_words_beside_nor_the_wording_tell_the_label(name: str) -> None:
    """Each wording has both labels, and so has each kind of word but where the rule says otherwise."""
    made = texts_of(SUBJECTS[name], SIZE, 0, 0)
    share = sum(one.label for one in made) / len(made)
    assert 0.35 < share < 0.65
    for wording in SUBJECTS[name].asked:
        start = wording.split("{")[0]
        own = [one.label for one in made if start and one.text.startswith(start)]
        assert not own or 0.2 < sum(own) / len(own) < 0.8


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_corpus_tells_every_kind_and_no_text(name: str) -> None:
    subject = SUBJECTS[name]
    corpus = corpus_of(subject, SIZE, 0)
    told = {sentence for some in subject.told.values() for sentence in some}
    assert len(corpus) > SIZE.sentences + SIZE.words
    for word in words_of(subject, SIZE.words, 0):
        assert any(word in sentence for sentence in corpus)
    assert not {one.text for one in texts_of(subject, SIZE, 0, 0)} & set(corpus)
    assert told


def test_equal_arguments_give_equal_texts_and_worlds_differ() -> None:
    subject = SUBJECTS["requests"]
    assert texts_of(subject, SIZE, 0, 0) == texts_of(subject, SIZE, 0, 0)
    assert texts_of(subject, SIZE, 0, 1) != texts_of(subject, SIZE, 0, 0)
    assert corpus_of(subject, SIZE, 0) != corpus_of(subject, SIZE, 1)


def test_remarks_and_openings_are_about_the_same_words() -> None:
    assert words_of(SUBJECTS["remarks"], 80, 0) == words_of(SUBJECTS["openings"], 80, 0)


def test_no_word_lies_in_two_parts(tmp_path) -> None:
    bench = Bench(tmp_path)
    data = invented_texts(
        bench.context(), "requests", parts={"a": 60, "b": 40}, texts=600, words=80
    )
    words = [
        {json.loads(fields)["word"] for fields in bench.items(data, part).column("fields")}
        for part in ("a", "b")
    ]
    assert not words[0] & words[1]
    assert data.parts["a"].rows == 60


def test_openings_have_mild_answers_and_a_ruder_corpus(tmp_path) -> None:
    bench = Bench(tmp_path)
    parts = {"a": 40, "b": 20}
    data = invented_texts(
        bench.context(), "openings", parts=parts, group="text", texts=300, words=80, first=0.9
    )
    gold = bench.open(data.parts["a"].gold)
    words = words_of(SUBJECTS["openings"], 80, 0)
    assert gold.label_kind == "text"
    assert {words[text.split()[0]] for text in gold.table["text"].to_pylist()} == {"mild"}
    spoken = [d.split()[-2] for d in bench.open(data.corpus).documents if "said : you" in d]
    rude = sum(words[word] == "rude" for word in spoken) / len(spoken)
    assert 0.85 < rude < 0.95
