"""`legality`: moves that can be played, whether or not they are the right ones."""

from __future__ import annotations

import json

import pytest
from workbench import Workbench, make_items

import w2sdl
from w2sdl_runtime.data.tables import label_table
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.legality import legality
from w2sdl_runtime.values import Items, Labels

FEN = "k7/8/1K6/8/8/8/8/7R w - - 0 1"
ANSWERS = {
    "h1 h8": (True, True),  # the mate
    "h1 h7": (True, True),  # legal, and not the answer
    "b6 b7": (True, False),  # beside the other king
    "h1 a8": (True, False),
    "rook to h8": (False, False),
    "": (False, False),
}


def answers(bench: Workbench, items: Items, texts: list[str], origin: str = "model") -> Labels:
    table = label_table(items.column("item_id"), [None] * len(texts), texts)
    return bench.keep(Labels(table, items.digest, "text", origin))


def rows(bench: Workbench, fields: dict[str, str]) -> Items:
    told = [{"prompt": f"position {n}", "fields": json.dumps(fields)} for n in range(len(ANSWERS))]
    return bench.keep(make_items(told, "test"))


def test_a_share_of_legal_moves_with_its_rows(bench: Workbench) -> None:
    items = rows(bench, {"fen": FEN})
    gold = answers(bench, items, ["h1 h8"] * len(ANSWERS), "gold")
    found = bench.run(legality, answers(bench, items, list(ANSWERS)), gold)
    assert found.value == pytest.approx(2 / 6)
    assert found.lower < 2 / 6 < found.upper
    assert found.n == 6
    assert found.facts["moves"] == pytest.approx(4 / 6)
    columns = found.rows.to_pydict()
    pairs = zip(columns["move"], columns["legal"], strict=True)
    assert dict(zip(columns["label"], pairs, strict=True)) == ANSWERS
    assert columns["right"] == [True, *[False] * 5]


def test_items_without_a_position_are_refused(bench: Workbench) -> None:
    items = rows(bench, {"text": "no chess"})
    gold = answers(bench, items, ["h1 h8"] * len(ANSWERS), "gold")
    with pytest.raises(PrerequisiteError, match="6 of 6 items have no position"):
        bench.run(legality, answers(bench, items, list(ANSWERS)), gold)


def test_judgements_have_no_moves() -> None:
    spec = """experiment e
data qa = science_qa(parts: {supervise: 20, test: 20})
weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
judge = finetune(W, gold(qa.supervise))
measure legal = legality(judge) on qa.test
"""
    (found,) = w2sdl.compile_text(spec).diagnostics
    assert found.code == "W2S0405"
    assert "legality is of moves that a model writes" in found.title()
