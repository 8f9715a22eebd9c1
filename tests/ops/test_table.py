"""`table`: one path from a file to parts, told in numbers, and refused with a next step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench, quiz, reviews, write_jsonl
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.values import ITEM_COLUMNS, LABEL_COLUMNS, Corpus
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import Rest, Take


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def make(bench: Bench, rows: list[dict[str, Any]], **more: Any) -> Any:
    write_jsonl(bench.root / "rows.jsonl", rows)
    asked = {"format": MultipleChoice(), "parts": {"a": 40, "b": 20}} | more
    return table(bench.context(), "rows.jsonl", **asked)


def refusal(bench: Bench, rows: list[dict[str, Any]], **more: Any) -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        make(bench, rows, **more)
    assert caught.value.help
    return caught.value


def test_items_and_gold_lie_row_by_row(bench: Bench) -> None:
    data = make(bench, quiz(50))
    assert {name: part.rows for name, part in data.parts.items()} == {"a": 40, "b": 20}
    for name, part in data.parts.items():
        items, gold = bench.items(data, name), bench.gold(data, name)
        assert items.table.column_names == list(ITEM_COLUMNS)
        assert gold.table.column_names == list(LABEL_COLUMNS)
        assert (gold.items, gold.label_kind, gold.origin) == (part.items, "hard", "gold")
        assert gold.table.column("item_id").to_pylist() == items.column("item_id")
        assert set(items.column("part")) == {name}
        rights = [candidate.startswith("w") for candidate in items.column("candidate")]
        assert bench.golds(data, name) == [float(right) for right in rights]
        assert set(gold.table.column("weight").to_pylist()) == {1.0}
        assert all(gold.table.column("keep").to_pylist())
        assert sum(bench.golds(data, name)) * 2 == len(items)


def test_right_and_wrong_ones_come_in_no_order(bench: Bench) -> None:
    data = make(bench, quiz(300), parts={"a": 600})
    items, golds = bench.items(data, "a"), bench.golds(data, "a")
    first: dict[str, float] = {}
    for prompt, gold in zip(items.column("prompt"), golds, strict=True):
        first.setdefault(prompt, gold)
    assert 110 < sum(first.values()) < 190


def test_same_again_and_other_draws(bench: Bench) -> None:
    one, again = make(bench, quiz(100)), make(bench, quiz(100))
    assert one.parts == again.parts
    other = make(bench, quiz(100), draw=1)
    assert set(bench.items(one, "a").column("item_id")) != set(
        bench.items(other, "a").column("item_id")
    )
    turned = make(bench, quiz(100)[::-1])
    assert turned.parts == one.parts  # the order of the file means nothing


def test_another_template_keeps_rows_and_ids(bench: Bench) -> None:
    one = make(bench, quiz(100))
    other = make(bench, quiz(100), format=MultipleChoice(prompt="Q: {{ question }}"))
    assert bench.items(one, "a").column("item_id") == bench.items(other, "a").column("item_id")
    assert one.parts["a"].items != other.parts["a"].items


def test_parts_grow_without_moving_others(bench: Bench) -> None:
    small = make(bench, quiz(400), parts={"a": 40, "b": 20, "c": 20})
    large = make(bench, quiz(400), parts={"c": 60, "b": 20, "a": 40})
    assert small.parts["a"] == large.parts["a"]
    assert small.parts["b"] == large.parts["b"]
    assert set(bench.items(small, "c").column("item_id")) < set(
        bench.items(large, "c").column("item_id")
    )


def test_drops_are_counted(bench: Bench) -> None:
    rows = quiz(40)
    rows += [rows[0], rows[1] | {"support": "other"}]  # repeated
    rows += [quiz(1, 90)[0], quiz(1, 90)[0] | {"correct_answer": "x90", "distractor1": "w90"}]
    rows += [quiz(1, 91)[0] | {"distractor3": "w91"}, quiz(1, 92)[0] | {"question": " "}]
    data = make(bench, rows)
    assert data.notes["rows_dropped"] == {
        "a wrong answer equals the right one": 1,
        "contradicts another row": 2,
        "empty question or answer": 1,
        "repeats another row": 2,
    }
    assert (data.notes["rows_read"], data.notes["rows_kept"]) == (46, 40)
    assert data.notes["items_unused"] == 20
    assert any("of 46 rows" in line for line in bench.said)
    json.dumps(data.notes)


def test_contradictory_labels_go(bench: Bench) -> None:
    rows = [*reviews(40), {"text": "review number  3", "label": 0}]
    data = make(bench, rows, format=Binary(), parts={"a": 20})
    assert data.notes["rows_dropped"] == {"contradicts another row": 2}


def test_equal_questions_stay_together_without_a_group(bench: Bench) -> None:
    rows = [row | {"question": f"WHAT  is {n // 3}?"} for n, row in enumerate(quiz(60))]
    data = make(bench, rows, parts={"a": 30, "b": 30, "c": 30})
    homes: dict[str, str] = {}
    for name in data.parts:
        for prompt in bench.items(data, name).column("prompt"):
            assert homes.setdefault(prompt, name) == name
    assert data.notes["groups"] == 20


def test_groups_stay_together(bench: Bench) -> None:
    data = make(bench, quiz(100), group="topic", parts={"a": 60, "b": 60})
    topics = [
        {json.loads(fields)["topic"] for fields in bench.items(data, name).column("fields")}
        for name in ("a", "b")
    ]
    assert not topics[0] & topics[1]
    assert {name: part.rows for name, part in data.parts.items()} == {"a": 60, "b": 60}
    assert "did you mean `topic`" in refusal(bench, quiz(9), group="topics").help


def test_a_key_that_parts_equal_content_is_refused(bench: Bench) -> None:
    rows = [
        {"passage": f"p{n % 20}", "text": f"t{n}", "label": n % 2, "row_number": n}
        for n in range(80)
    ]
    form = Binary(passage="passage")
    problem = refusal(bench, rows, format=form, key=["row_number"], parts={"a": 30, "b": 30})
    assert problem.code == "W2S0608"
    assert problem.message.startswith("a.a and a.b share ")
    shared = int(problem.message.split()[4])
    assert problem.message.split()[5] == "passages:"
    assert 1 <= shared <= 20
    assert "hold the same passage" in problem.message
    assert "`rows.jsonl`, line " in problem.message
    same = [row | {"question": f"What is {n // 4}?", "n": n} for n, row in enumerate(quiz(80))]
    problem = refusal(bench, same, key=["n"], parts={"a": 60, "b": 60})
    assert problem.message.split()[5] == "texts:"
    assert "drop_later()" in problem.help
    make(bench, rows, format=form, parts={"a": 20, "b": 20})
    make(bench, rows, format=form, key=["row_number"], group="passage", parts={"a": 20, "b": 20})


def test_parts_by_split(bench: Bench) -> None:
    write_jsonl(bench.root / "d" / "train.jsonl", quiz(60))
    write_jsonl(bench.root / "d" / "test.jsonl", quiz(20, 100))
    parts = {"a": Take(n=50, of="train"), "t": Rest(of="test", at_most=30), "m": Rest()}
    data = table(bench.context(), "d", format=MultipleChoice(), parts=parts)
    assert {name: part.rows for name, part in data.parts.items()} == {"a": 50, "m": 80, "t": 30}
    assert all(int(p.split()[3][:-1]) >= 100 for p in bench.items(data, "t").column("prompt"))
    with pytest.raises(PrerequisiteError, match="`dev`, which isn't there"):
        table(bench.context(), "d", format=MultipleChoice(), parts={"a": Take(n=2, of="dev")})


def test_columns_and_domain(bench: Bench) -> None:
    rows = [
        {"prompt": row["text"], "is_safe": row["label"], "source": row["source"]}
        for row in reviews(60)
    ]
    columns = {"text": ["prompt"], "label": ["is_safe"], "domain": ["source"]}
    data = make(bench, rows, format=Binary(), columns=columns)
    assert set(bench.items(data, "a").column("domain")) <= {f"s{n}" for n in range(7)}
    assert (
        "no column `promt`"
        in refusal(bench, rows, format=Binary(), columns={"text": ["promt"]}).message
    )


def test_unbalanced_classes(bench: Bench) -> None:
    rows = reviews(100, share=0.2)
    data = make(bench, rows, format=Binary(), parts={"a": 30})
    assert data.notes["parts"] == {"a": {"items": 30, "right": 15}}
    problem = refusal(bench, rows, format=Binary(), parts={"a": 50})
    assert "20 with label 1 and 80 with label 0" in problem.message
    assert "as_is" in problem.help
    data = make(bench, rows, format=Binary(balance="as_is"), parts={"a": 90})
    assert 10 <= data.notes["parts"]["a"]["right"] <= 20


def test_odd_sizes_are_rounded_down_and_said(bench: Bench) -> None:
    data = make(bench, quiz(20), parts={"a": 7})
    assert data.parts["a"].rows == 6
    assert data.notes["parts"]["a"] == {"items": 6, "right": 3, "asked": 7}
    assert "6 items instead of 7" in bench.said[0]


def test_a_declared_corpus_never_holds_gold(bench: Bench) -> None:
    data = make(bench, quiz(50), corpus="support")
    documents = open_as(bench, data.corpus, Corpus).documents
    assert documents[0] == "Some say that 0 is followed."
    assert make(bench, quiz(50)).corpus == ""
    for column in ("correct_answer", "distractor2"):
        assert "tells the gold labels" in refusal(bench, quiz(50), corpus=column).message
    assert "no column `suport`" in refusal(bench, quiz(50), corpus="suport").message
    empty = [row | {"support": ""} for row in quiz(50)]
    assert "holds no text" in refusal(bench, empty, corpus="support").message


def test_a_corpus_of_one_split(bench: Bench) -> None:
    write_jsonl(bench.root / "d" / "train.jsonl", quiz(30))
    write_jsonl(bench.root / "d" / "test.jsonl", quiz(10, 100))
    asked: dict[str, Any] = {"format": MultipleChoice(), "parts": {"a": 20}, "corpus": "support"}
    data = table(bench.context(), "d", corpus_of="train", **asked)
    assert len(open_as(bench, data.corpus, Corpus).documents) == 30
    with pytest.raises(PrerequisiteError, match='corpus_of: "dev" names no split') as caught:
        table(bench.context(), "d", corpus_of="dev", **asked)
    assert "test, train" in caught.value.help
    assert "no column is declared" in refusal(bench, quiz(40), corpus_of="train").message


def test_too_few_rows(bench: Bench) -> None:
    problem = refusal(bench, quiz(25), parts={"a": 40, "b": 20})
    assert "asks for" in problem.message
    assert "of 50" in problem.message
    assert "none of 3 rows can be used: rows left out: 3 (empty question or answer)" in (
        refusal(bench, [row | {"question": ""} for row in quiz(3)]).message
    )


def test_nested_and_odd_cells_survive_in_fields(bench: Bench) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [row | {"raw": b"\x00", "score": float("nan"), "deep": {"a": [1]}} for row in quiz(40)]
    pq.write_table(pa.Table.from_pylist(rows), bench.root / "rows.parquet")
    data = table(bench.context(), "rows.parquet", format=MultipleChoice(), parts={"a": 40})
    fields = json.loads(bench.items(data, "a").column("fields")[0])
    assert "raw" not in fields
    assert fields["score"] is None
    assert fields["deep"] == {"a": [1]}
