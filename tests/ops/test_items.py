"""`items`: the stored object for one part, all parts of all data in order otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.items import items
from w2sdl_runtime.ops.part import part
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def test_items(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "rows.jsonl", quiz(50))
    data = table(bench.context(), "rows.jsonl", format=MultipleChoice(), parts={"a": 40, "b": 20})
    one = items(bench.context("items"), [part(bench.context("part"), data, name="b")])
    assert bench.put(one) == data.parts["b"].items
    both = items(bench.context("items"), [data])
    assert both.column("part") == ["a"] * 40 + ["b"] * 20
    assert both.column("item_id")[40:] == one.column("item_id")
    assert bench.put(both) == bench.put(items(bench.context("items"), [data]))


def test_several_data(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "one.jsonl", quiz(20))
    write_jsonl(tmp_path / "two.jsonl", quiz(20, 100))
    cut = {"format": MultipleChoice(), "parts": {"a": 10, "b": 10}}
    one = table(bench.context(), "one.jsonl", **cut)
    two = part(bench.context("part"), table(bench.context(), "two.jsonl", **cut), name="b")
    every = items(bench.context("items"), [one, two])
    own = [items(bench.context("items"), [data]).column("item_id") for data in (one, two)]
    assert every.column("item_id") == own[0] + own[1]
    with pytest.raises(PrerequisiteError, match="10 items come more than once"):
        items(bench.context("items"), [two, one, two])
    with pytest.raises(PrerequisiteError, match="names no data"):
        items(bench.context("items"), [])
