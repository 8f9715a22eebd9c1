"""`transcript_file`: turns find their items, and quotes are believed only where they stand."""

from __future__ import annotations

import json

import pytest
from helpers_data import write_jsonl
from workbench import make_items

from w2sdl_runtime.learning.contexts import as_shown, as_text, turns_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.transcript_file import transcript_file
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.origins import Human, OfModel


def some(bench, count=2):
    rows = [
        {"prompt": f"p{n}", "candidate": f"c{n}", "passage": f"Foxes bark {n} times."}
        for n in range(count)
    ]
    return bench.keep(make_items(rows))


def read(bench, rows, items=None, **asked):
    write_jsonl(bench.root / "said.jsonl", rows)
    given = {"file": "said.jsonl", "origin": Human()} | asked
    return bench.run(transcript_file, items or some(bench), **given)


def said(n, text="x", **more):
    return {"item_id": f"train-{n}", "text": text, **more}


def test_rows_are_turns_in_the_order_of_the_file(bench):
    items = some(bench)
    rows = [
        said(1, "No.", debater="B", stance="incorrect"),
        said(0, "A note."),
        said(1, "Yes.", debater="A", stance="correct", quotes=["foxes  bark 1 times", "so what"]),
    ]
    told = read(bench, rows, items, origin=OfModel(name="a 70B"))
    first, second = turns_of(told, items.column("item_id"))
    assert as_text(first) == "A note."
    assert as_text(second) == "B: No.\nA: Yes."
    assert [turn["turn"] for turn in second] == [1, 2]
    assert second[1]["quotes"] == [
        {"text": "foxes  bark 1 times", "verified": True},
        {"text": "so what", "verified": False},
    ]
    assert as_shown(second).quotes == ("foxes  bark 1 times",)
    assert as_shown(second).stance == 0.0
    row = told.table.to_pylist()[1]
    assert json.loads(row["stances"]) == {"A": "correct", "B": "incorrect"}
    assert json.loads(row["protocol"]) == {"file": {"origin": "the model a 70B"}}


def test_a_transcript_of_ours_comes_back_the_same(tiny):
    held = tiny.bench.run(debate, tiny.model, tiny.model, tiny.train, seed=0)
    columns = ("item_id", "turns", "stances", "truncated")
    rows = held.table.select(list(columns)).to_pylist()
    again = read(tiny.bench, rows, tiny.train)
    assert again.table.select(list(columns)) == held.table.select(list(columns))
    assert again.table.schema == held.table.schema
    judges = [
        tiny.bench.run(finetune, tiny.model, tiny.gold, context=t, head=Features(), seed=0)
        for t in (held, again)
    ]
    context = tiny.bench.context("test")
    one, other = (predict(judge, tiny.train, context) for judge in judges)
    assert one.tolist() == other.tolist()


def test_a_claim_that_a_quote_was_verified_is_checked(bench):
    lie = {"text": "x", "quotes": [{"text": "Foxes sing.", "verified": True}]}
    told = read(bench, [{"item_id": f"train-{n}", "turns": [lie]} for n in range(2)])
    assert told.table.column("turns")[0].as_py()[0]["quotes"][0]["verified"] is False


def test_items_without_a_turn(bench):
    with pytest.raises(PrerequisiteError, match="1 of 2 items have no row"):
        read(bench, [said(0)])
    told = read(bench, [said(0)], missing="drop")
    assert told.table.column("item_id").to_pylist() == ["train-0"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (said(1, stance="maybe"), "line 2: the stance 'maybe' is none of correct, incorrect, none"),
        ({"item_id": "train-1"}, "line 2: there is no `text`"),
        (said(1, quotes="Foxes"), "line 2: `quotes` is not a list of texts"),
        ({"item_id": "train-1", "turns": ["a"]}, "line 2: `turns` is not a list of objects"),
        ({"item_id": "train-1", "turns": [{"text": 3}]}, "turn 1: `text` is a number"),
    ],
)
def test_what_is_no_turn_is_refused_with_its_line(bench, row, words):
    with pytest.raises(PrerequisiteError) as caught:
        read(bench, [said(0), row])
    assert words in caught.value.message
    assert caught.value.help
