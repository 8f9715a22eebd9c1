"""Every way a file can be wrong gets one message with its place and the next step."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.ops.helpers_data import quiz, write_jsonl
from w2sdl_runtime.data.readers import read_source
from w2sdl_runtime.op import PrerequisiteError


def refusal(base: Path, name: str) -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        read_source(base, name)
    assert caught.value.help
    assert str(base) not in caught.value.message  # messages name the file as the spec does
    return caught.value


def test_jsonl_bom_crlf_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"t": "a"}\r\n\r\n{"t": "b\xe2\x80\xa8c"}\r\n')
    rows = read_source(tmp_path, "a.jsonl")
    assert [row.values["t"] for row in rows] == ["a", "b\u2028c"]
    assert rows[1].place == "`a.jsonl`, line 3"


def test_all_forms_give_the_same_rows(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"text": 'a, "b"\nc', "label": "1"}, {"text": "ü", "label": "0"}]
    write_jsonl(tmp_path / "a.jsonl", rows)
    (tmp_path / "a.csv").write_bytes('text,label\r\n"a, ""b""\nc",1\r\nü,0\r\n'.encode())
    (tmp_path / "a.tsv").write_text('text\tlabel\n"a, ""b""\nc"\t1\nü\t0\n', "utf-8")
    (tmp_path / "a.json").write_text(
        str(rows).replace("'", "!").replace('"', '\\"').replace("!", '"'), "utf-8"
    )
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for form in ("jsonl", "csv", "tsv", "json", "parquet"):
        assert [dict(row.values) for row in read_source(tmp_path, f"a.{form}")] == rows, form


def test_csv_rows_know_their_lines_even_after_quoted_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('t\n"one\ntwo"\nthree\n', "utf-8")
    assert [row.place for row in read_source(tmp_path, "a.csv")] == [
        "`a.csv`, line 3",
        "`a.csv`, line 4",
    ]


def test_folder_pools_splits_in_their_natural_order(tmp_path: Path) -> None:
    for number, split in enumerate(("test", "train", "extra", "validation")):
        write_jsonl(tmp_path / "d" / f"{split}.jsonl", quiz(1, number))
    (tmp_path / "d" / "README.md").write_text("not data", "utf-8")
    assert [row.split for row in read_source(tmp_path, "d")] == [
        "train",
        "validation",
        "test",
        "extra",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"t": "a"}\n{"t": }\n', "line 2 is not JSON"),
        (b'{"t": "a"}\n["t"]\n', "line 2 is a JSON list, not an object"),
        (b'{"t": NaN}\n', "NaN is not JSON"),
        (b'{"t": "a"}\n{"t": "\xe9t\xe9"}\n', "line 2: not UTF-8 (byte 0xe9)"),
        (b'{"t": "a"}\n{"t": "a", "t": "b"}\n', "line 2 gives `t` two values"),
        (b'{"t": [{"u": 1, "u": 1}]}\n', "line 1 gives `u` two values"),
        (b"", "holds no rows"),
        (b"\n\n", "holds no rows"),
        (gzip.compress(b'{"t": "a"}\n', mtime=0), "is packed with gzip"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_bad_jsonl(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    assert words in refusal(tmp_path, "a.jsonl").message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 fields, but the header has 2"),
        ("a,a\n1,2\n", "names the column `a` twice"),
        ("a,\n1,2\n", "has a column without a name"),
        ("a,b\n", "holds no rows"),
        ('a\n"open\n', "line 2"),
        ('a\n"x"y\n', "line 2"),
        ('a\nb\n"open\nc\nd\n', "line 3: unexpected end of data in line 5"),
    ],
)
def test_bad_csv(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(content, "utf-8")
    assert words in refusal(tmp_path, "a.csv").message


def test_a_file_of_utf_16_is_told_how_to_become_utf_8(tmp_path: Path) -> None:
    for form in ("utf-16-le", "utf-16-be"):
        (tmp_path / "a.csv").write_bytes("\ufefft\nx\n".encode(form))
        assert "iconv -f utf-16 -t utf-8" in refusal(tmp_path, "a.csv").help
    (tmp_path / "a.csv").write_bytes(b"t\n\xe9\n")
    assert "iconv -f latin1 -t utf-8" in refusal(tmp_path, "a.csv").help


def test_long_csv_fields_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"t\n{'x' * 200_000}\n", "utf-8")
    assert len(read_source(tmp_path, "a.csv")[0].text("t")) == 200_000


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "quiz.jsonl", quiz(1))
    assert "`quiz.jsonl`" in refusal(tmp_path, "quizz.jsonl").message
    assert "there is no file" in refusal(tmp_path, "nowhere/quiz.jsonl").message


def test_other_refusals(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    assert "packed with zip" in refusal(tmp_path, "a.xlsx").message
    (tmp_path / "a.txt").write_text("x", "utf-8")
    assert ".jsonl" in refusal(tmp_path, "a.txt").help
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and then nothing")
    assert "not a readable Parquet file" in refusal(tmp_path, "a.parquet").message
    (tmp_path / "a.json").write_text('{"t": 1}', "utf-8")
    assert "not a list of rows" in refusal(tmp_path, "a.json").message
    (tmp_path / "empty").mkdir()
    assert "no data file" in refusal(tmp_path, "empty").message
    write_jsonl(tmp_path / "twice" / "train.jsonl", quiz(1))
    (tmp_path / "twice" / "train.csv").write_text("a\n1\n", "utf-8")
    assert "`train` in two forms" in refusal(tmp_path, "twice").message
