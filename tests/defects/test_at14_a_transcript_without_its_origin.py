"""AT-14: transcripts without provenance, and debates kept by the number of the row alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.defects.debates import Debates
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.debaters.generative import Generative
from w2sdl_runtime.variants.protocols import Protocol
from w2sdl_runtime.variants.protocols.consultancy import Consultancy
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.protocols.rounds import Sequential, Simultaneous
from w2sdl_runtime.variants.protocols.unargued import Nothing, Oracle, RandomQuotes
from w2sdl_runtime.variants.stances import BothOrders

WRITES = Generative(template="The {{ own }}", max_tokens=2, temperature=1.0)
HOW: list[tuple[Protocol, int]] = [
    (Debate(), 2),
    (Simultaneous(rounds=2), 2),
    (Sequential(rounds=2), 2),
    (Consultancy(), 1),
    (RandomQuotes(), 0),
    (Oracle(), 0),
    (Nothing(), 0),
]


@pytest.fixture(scope="module")
def debates(tmp_path_factory: pytest.TempPathFactory) -> Debates:
    return Debates(tmp_path_factory.mktemp("at14"))


@pytest.mark.parametrize(("protocol", "speakers"), HOW, ids=lambda value: str(value)[:20])
def test_every_row_says_where_it_comes_from(
    debates: Debates, protocol: Protocol, speakers: int
) -> None:
    rows = debates.hold(protocol=protocol, debater=WRITES, seed=[4, 1])
    assert [row["item_id"] for row in rows] == debates.items.column("item_id")
    for row in rows:
        assert row["node"] == "0" * 64, "the key of the node, here the bench's"
        assert json.loads(row["model"]) == [debates.model.digest] * speakers
        assert len(json.loads(row["prompt"])) == (1 if speakers else 0)
        assert json.loads(row["seed"]) == [4, 1]
        assert isinstance(row["truncated"], bool)
        said = json.loads(row["protocol"])
        assert said["protocol"]["variant"] == protocol.variant_name
        assert said["debater"]["template"] == WRITES.template
        sides = {turn["debater"]: turn["stance"] for turn in row["turns"]}
        assert json.loads(row["stances"]) == sides


def test_another_prompt_has_another_digest(debates: Debates) -> None:
    other = WRITES.model_copy(update={"template": "A {{ own }}"})
    digests = {debates.hold(debater=how)[0]["prompt"] for how in (WRITES, other)}
    assert len(digests) == 2


def test_both_orders_say_which_is_which(debates: Debates) -> None:
    rows = debates.hold(stance=BothOrders())
    found = {(row["order"], json.loads(row["stances"])["A"]) for row in rows}
    assert found == {("correct_first", "correct"), ("incorrect_first", "incorrect")}


def test_a_debate_belongs_to_its_item_not_to_its_place(debates: Debates, tmp_path: Path) -> None:
    by_id = {row["item_id"]: row for row in debates.hold(debater=WRITES)}
    turned = debates.items.table.take(list(range(len(debates.items) - 1, -1, -1)))
    some: Any = debates.bench.keep(Items(turned.slice(3, 9)))
    for row in debates.hold(some, debater=WRITES):
        assert row == by_id[row["item_id"]]
