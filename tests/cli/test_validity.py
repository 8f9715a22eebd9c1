"""Rules of validity from the command line: broken, waived, and found only when rows are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from w2sdl.cli import run_cli
from w2sdl_runtime.data.overlap import Overlap

HEAD = """
experiment apart "two data sets from one file"
data a = table("rows.jsonl", format: binary(), parts: {supervise: 40, transfer: 40})
data b = table("rows.jsonl", format: binary(), draw: 1, parts: {test: 40})
words  = text_file("words.txt", origin: "words of our own")
weak   W = pretrain(words, layers: 1, width: 8, steps: 2)
floor  = finetune(W, gold(a.supervise), head: linear())
measure scores = accuracy(floor) on b.test
"""

STUDENT = """
experiment told "gold of the student's rows, by way of a second data set of the same file"
data a = table("rows.jsonl", format: binary(), parts: {transfer: 40})
data b = table("rows.jsonl", format: binary(), draw: 1, parts: {more: 80})
words  = text_file("words.txt", origin: "words of our own")
weak   W = pretrain(words, layers: 1, width: 8, steps: 2)
strong S = pretrain(words, layers: 1, width: 8, steps: 2, seed: 1)
W' = finetune(W, gold(b.more))
S' = finetune(S, label(W', a.transfer)) # waived
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"text": f"is {n} a number that is larger than {n % 7} or not", "label": n % 2}
            for n in range(120)]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "words.txt").write_text("some words to read\n\nand some more of them\n", "utf-8")
    return tmp_path


def run(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    spec = folder / "spec.w2s"
    spec.write_text(text, "utf-8")
    code = run_cli(["run", str(spec), "--executor", "local", "--store", str(folder / "store")])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_data_sets_that_share_rows_stop_the_run_before_anything_is_trained(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By content, though both sets draw their own rows of the file."""
    code, said = run(folder, HEAD, capsys)
    assert code == 1
    assert "W2S0608" in said
    assert "a.supervise and b.test share" in said
    assert "finetune" not in " ".join(p.name for p in (folder / "store").rglob("keys/*"))


def test_gold_of_the_students_rows_from_a_second_data_set_stops_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The compiler sees two data sets; that they hold the same rows is seen when they are read."""
    code, said = run(folder, f"{STUDENT}\n", capsys)
    assert code == 1
    assert "W2S0608" in said
    assert "b.more and a.transfer share" in said
    assert "reach S', which learns from weak labels of the other" in said
    assert "finetune" not in " ".join(p.name for p in (folder / "store").rglob("keys/*"))


def test_a_student_that_may_have_gold_of_its_rows_is_not_asked_for_its_data_sets(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = STUDENT.replace(" # waived", ' allow(student_gold, "to see what it is worth")')
    code, said = run(folder, text, capsys)
    assert code == 0, said


def test_rows_that_only_share_a_passage_are_not_the_same_row() -> None:
    """Breaks when a student were refused gold of other questions about what it reads."""
    shared = Overlap(0, 0, 3, 1, "A passage.")
    assert shared
    assert not shared.rows_only()
    assert Overlap(2, 1, 3, 1, "A text.").rows_only().text() == "2 items and 1 text"


def test_a_waiver_lets_it_run_and_stands_in_the_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waived = HEAD.replace(
        "parts: {test: 40})", 'parts: {test: 40}) allow(shared_rows, "a rehearsal of the plumbing")'
    )
    code, said = run(folder, waived, capsys)
    assert code == 0, said
    (report,) = (folder / "store").rglob("report.html")
    page = report.read_text("utf-8")
    assert "a rehearsal of the plumbing" in page
    assert "by its own word" in page


def test_a_rule_that_is_broken_stops_every_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(folder, HEAD.replace("gold(a.supervise)", "gold(b.test)"), capsys)
    assert code == 1
    assert "error[W2S0602]: `scores` measures `floor` on `b.test`" in said
    assert "nothing was run" in said
    assert not (folder / "store").exists()
