"""`part`: one part, whose identity depends on its own rows only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.part import part
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def cut(bench: Bench, **parts: int) -> Data:
    write_jsonl(bench.root / "rows.jsonl", quiz(200))
    return table(
        bench.context(), "rows.jsonl", format=MultipleChoice(), parts=dict(parts), corpus="support"
    )


def test_one_part_keeps_its_objects_and_the_corpus(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = cut(bench, train=40, test=20)
    test = part(bench.context("part"), data, name="test")
    assert test.parts == {"test": data.parts["test"]}
    assert test.corpus == data.corpus != ""


def test_growth_of_another_part_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    digests = {
        bench.put(part(bench.context("part"), cut(bench, train=size, test=20), name="test"))
        for size in (40, 60, 80)
    }
    assert len(digests) == 1


def test_unknown_part(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(PrerequisiteError, match="no part `tset`") as caught:
        part(bench.context("part"), cut(bench, train=40, test=20), name="tset")
    assert "`test`" in caught.value.help
