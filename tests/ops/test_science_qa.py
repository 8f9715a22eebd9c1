"""`science_qa`: the built-in questions as data, with the corpus that teaches their prompt."""

from __future__ import annotations

import json

import pytest

from tests.ops.helpers_data import Bench
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.ops.science_qa import Grouping, science_qa
from w2sdl_runtime.science.corpus import PROMPT
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice

PARTS = {"supervise": 1_000, "transfer": 1_000, "validation": 300, "test": 600}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("science"))


@pytest.fixture(scope="module")
def data(bench: Bench) -> Data:
    return science_qa(bench.context("science_qa"), parts=PARTS)


def column(bench: Bench, data: Data, part: str, name: str) -> set[str]:
    return {json.loads(fields)[name] for fields in bench.items(data, part).column("fields")}


def test_sizes_of_the_sketches(bench: Bench, data: Data) -> None:
    assert {name: part.rows for name, part in data.parts.items()} == dict(sorted(PARTS.items()))
    assert all(sum(bench.golds(data, name)) * 2 == size for name, size in PARTS.items())
    assert data.notes["rows_dropped"] == {}
    assert bench.said == []  # no mark of the label, no drop, no size missed


def test_items_ask_as_the_corpus_does(bench: Bench, data: Data) -> None:
    items = bench.items(data, "test")
    fields = [json.loads(text) for text in items.column("fields")]
    assert items.column("prompt") == [PROMPT.format(question=f["question"]) for f in fields]
    documents = corpus(bench.context("corpus"), data).documents
    head = PROMPT.partition("{")[0]
    assert any(document.startswith(head) for document in documents)
    text = "\n".join(documents)
    assert not any(prompt in text for prompt in items.column("prompt"))


def test_nothing_tells_the_answer(bench: Bench, data: Data) -> None:
    items = bench.items(data, "test")
    for text, candidate, rival in zip(
        items.column("fields"), items.column("candidate"), items.column("rival"), strict=True
    ):
        fields = json.loads(text)
        assert not {"correct_answer", "distractor1", "distractor2", "distractor3"} & set(fields)
        assert {candidate, rival} <= set(fields["options"])
    assert max(data.notes["guessability"].values()) < 0.6


@pytest.mark.parametrize(
    ("group", "field"),
    [("options", "four"), ("entity", "entity"), ("passage", "support")],
)
def test_groups(bench: Bench, group: Grouping, field: str) -> None:
    data = science_qa(bench.context("science_qa"), parts={"a": 600, "b": 400}, group=group)
    assert [data.parts[name].rows for name in ("a", "b")] == [600, 400]
    assert not column(bench, data, "a", field) & column(bench, data, "b", field)


def test_draws_share_the_corpus_and_worlds_do_not(bench: Bench, data: Data) -> None:
    other = science_qa(bench.context("science_qa"), parts=PARTS, draw=1)
    assert other.corpus == data.corpus
    assert other.parts["test"].items != data.parts["test"].items
    assert science_qa(bench.context("science_qa"), parts={"a": 2}, world=1).corpus != data.corpus


def test_open_book(bench: Bench) -> None:
    form = MultipleChoice(show_passage=True)
    data = science_qa(bench.context("science_qa"), parts={"a": 20}, format=form)
    items = bench.items(data, "a")
    for prompt, passage in zip(items.column("prompt"), items.column("passage"), strict=True):
        assert prompt.startswith(f"Passage: {passage} Question: ")


def test_more_than_the_world_has(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError, match="asks for 50,000 items, but"):
        science_qa(bench.context("science_qa"), parts={"a": 50_000})
