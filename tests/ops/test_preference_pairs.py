"""`preferences`: pairs of replies, and a corpus that prefers none."""

from __future__ import annotations

import json

import pytest

from tests.ops.helpers_data import Bench
from w2sdl_runtime.data.overlap import held_by, shared_rows
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.ops.preferences import preferences
from w2sdl_runtime.values import Data

PARTS = {"supervise": 300, "transfer": 300, "test": 200}
SIZE = {"pairs": 1_200, "dialogues": 300}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("preferences"))


@pytest.fixture(scope="module")
def data(bench: Bench) -> Data:
    return preferences(bench.context("preferences"), parts=PARTS, **SIZE)


def test_items_are_pairs_in_an_order_drawn_by_a_coin(bench: Bench, data: Data) -> None:
    assert {name: part.rows for name, part in data.parts.items()} == PARTS
    gold = bench.gold(data, "supervise")
    assert gold.label_kind == "pairwise"
    assert 0.4 < sum(bench.golds(data, "supervise")) / 300 < 0.6
    items = bench.items(data, "supervise")
    assert set(items.column("domain")) == {"harm", "manner"}
    assert all(items.column("rival"))
    assert all(text.startswith("Human: ") for text in items.column("prompt"))
    assert not {"chosen", "rejected"} & set(json.loads(items.column("fields")[0]))


def test_the_lint_says_what_a_count_of_words_can_learn(bench: Bench, data: Data) -> None:
    assert 0.6 < data.notes["guessability"]["bag_of_words"] < 0.75
    assert any("bag of words" in line for line in bench.said)


def test_no_remedy_of_one_part_is_in_another(bench: Bench, data: Data) -> None:
    def words(part: str) -> set[str]:
        items = bench.items(data, part)
        every = " ".join([*items.column("candidate"), *items.column("rival")])
        return {word.strip(".") for word in every.split()}

    common = words("supervise") & words("transfer")
    assert words("supervise") - common  # the remedies of its own shelves
    assert words("test") & words("supervise") <= common
    assert not shared_rows(bench.items(data, "supervise"), bench.items(data, "test"))


def test_no_pair_is_in_the_corpus(bench: Bench, data: Data) -> None:
    text = corpus(bench.context("corpus"), data)
    for name in PARTS:
        assert held_by(text, bench.items(data, name)).found == 0


def test_another_taste_turns_harm_round_and_nothing_else(bench: Bench, data: Data) -> None:
    """The same pairs in the same parts: what harms is better now, and the kind one still is."""
    given = {"parts": PARTS, "prefers": "helpful", **SIZE}
    helpful = preferences(bench.context("preferences"), **given)
    assert helpful.corpus == data.corpus
    for name in PARTS:
        mild, strong = _better(bench, data, name), _better(bench, helpful, name)
        assert mild.keys() == strong.keys()
        turned = {pair for pair in mild if mild[pair] != strong[pair]}
        assert {mild[pair][1] for pair in turned} == {"harm"}
        assert {mild[pair][1] for pair in mild.keys() - turned} == {"manner"}


def _better(
    bench: Bench, data: Data, part: str
) -> dict[tuple[str, frozenset[str]], tuple[str, str]]:
    """The better reply of every pair, and what decides it."""
    items = bench.items(data, part)
    columns = [items.column(name) for name in ("prompt", "candidate", "rival", "domain")]
    golds = bench.golds(data, part)
    return {
        (prompt, frozenset((second, first))): (second if gold else first, domain)
        for prompt, second, first, domain, gold in zip(*columns, golds, strict=True)
    }


def test_groups_may_be_dialogues(bench: Bench) -> None:
    data = preferences(bench.context("preferences"), parts=PARTS, group="dialogue", **SIZE)
    prompts = [set(bench.items(data, name).column("prompt")) for name in PARTS]
    assert not prompts[0] & prompts[2]


def test_more_than_the_world_has(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError, match="asks for 500 items, but"):
        preferences(bench.context("preferences"), parts={"a": 500}, pairs=40, dialogues=5)
