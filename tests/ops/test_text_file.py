"""`text_file`: documents of a plain file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.ops.helpers_data import Bench
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.text_file import text_file


def test_documents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n\r\n  \r\n three\r\n")
    ctx = Bench(tmp_path).context("text_file")
    found = text_file(ctx, "a.txt", origin="mine")
    assert found.documents == ["one\ntwo", "three"]
    assert found.origin == "mine"
    assert text_file(ctx, "a.txt", origin="o", documents="line").documents == [
        "one",
        "two",
        "three",
    ]
    assert len(text_file(ctx, "a.txt", origin="o", documents="file").documents) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no file `a.txt`"),
        (b" \n\n ", "holds no text"),
        (b"ok\n\xff", "line 2: not UTF-8"),
        (gzip.compress(b"x", mtime=0), "packed with gzip"),
    ],
)
def test_refusals(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(PrerequisiteError, match=words) as caught:
        text_file(Bench(tmp_path).context("text_file"), "a.txt", origin="mine")
    assert caught.value.help
