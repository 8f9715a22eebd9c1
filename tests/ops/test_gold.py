"""`gold`: stored labels, or what a column says; always row by row with the items they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.gold import gold
from w2sdl_runtime.ops.items import items
from w2sdl_runtime.ops.part import part
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.values import LABEL_COLUMNS, Data
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def cut(bench: Bench, **more: Any) -> Data:
    rows = [row | {"odd": bool(n % 2)} | more for n, row in enumerate(quiz(50))]
    write_jsonl(bench.root / "rows.jsonl", rows)
    return table(bench.context(), "rows.jsonl", format=MultipleChoice(), parts={"a": 40, "b": 20})


def test_one_part_is_the_stored_object(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = part(bench.context("part"), cut(bench), name="a")
    assert bench.put(gold(bench.context("gold"), data)) == data.parts["a"].gold


def test_several_parts_follow_their_items(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = cut(bench)
    labels = gold(bench.context("gold"), data)
    read = items(bench.context("items"), [data])
    assert labels.items == bench.put(read)
    assert labels.table.column("item_id").to_pylist() == read.column("item_id")
    assert labels.table.column("value").to_pylist() == bench.golds(data, "a") + bench.golds(
        data, "b"
    )
    assert (labels.label_kind, labels.origin) == ("hard", "gold")


def test_a_column_of_classes_gives_text_labels(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = part(bench.context("part"), cut(bench), name="b")
    labels = gold(bench.context("gold"), data, field="topic")
    assert labels.label_kind == "text"
    assert labels.items == data.parts["b"].items
    assert set(labels.table.column("text").to_pylist()) <= {f"topic {n}" for n in range(5)}
    assert labels.table.column("value").null_count == 20
    assert labels.table.column_names == list(LABEL_COLUMNS)


def test_a_column_of_truth_values_gives_hard_labels(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    labels = gold(bench.context("gold"), cut(bench), field="odd")
    assert labels.label_kind == "hard"
    assert set(labels.table.column("value").to_pylist()) == {0.0, 1.0}


def test_refusals(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(PrerequisiteError, match="no column `tpic`") as caught:
        gold(bench.context("gold"), cut(bench), field="tpic")
    assert "`topic`" in caught.value.help
    with pytest.raises(PrerequisiteError, match="no column `correct_answer`"):
        gold(bench.context("gold"), cut(bench), field="correct_answer")
    holes = cut(bench)
    write_jsonl(tmp_path / "rows.jsonl", [*quiz(20), quiz(1, 90)[0] | {"topic": ""}])
    holes = table(bench.context(), "rows.jsonl", format=MultipleChoice(), parts={"a": 42})
    with pytest.raises(PrerequisiteError, match="`topic` is empty in 2 of 42 rows"):
        gold(bench.context("gold"), holes, field="topic")
