"""`corpus`: what was declared, or a refusal; never made up from items."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def test_corpus(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "rows.jsonl", quiz(50))
    parts = {"a": 40}
    form = MultipleChoice()
    data = table(bench.context(), "rows.jsonl", format=form, parts=parts, corpus="support")
    found = corpus(bench.context("corpus"), data)
    assert bench.put(found) == data.corpus
    assert len(found.documents) == 50
    bare = table(bench.context(), "rows.jsonl", format=form, parts=parts)
    with pytest.raises(PrerequisiteError, match="has no corpus") as caught:
        corpus(bench.context("corpus"), bare)
    assert "text_file" in caught.value.help
