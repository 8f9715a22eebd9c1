"""`items`: the stored object for one part, all parts in order otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.ops.items import items
from w2sdl_runtime.ops.part import part
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def test_items(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "rows.jsonl", quiz(50))
    data = table(bench.context(), "rows.jsonl", format=MultipleChoice(), parts={"a": 40, "b": 20})
    one = items(bench.context("items"), part(bench.context("part"), data, name="b"))
    assert bench.put(one) == data.parts["b"].items
    both = items(bench.context("items"), data)
    assert both.column("part") == ["a"] * 40 + ["b"] * 20
    assert both.column("item_id")[40:] == one.column("item_id")
    assert bench.put(both) == bench.put(items(bench.context("items"), data))
