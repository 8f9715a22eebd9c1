"""An expectation that is written when its results are there is said to be one, before a run begins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl

SPEC = """experiment late "labels of a file, measured"
data d = table("rows.jsonl", format: binary(), parts: {test: 40})
said = label_file(
  items(d.test), file: "said.jsonl", key: ["text"], columns: {value: "label"}, extra: "leave_out",
  origin: human(by: "a class"),
)
measure scores = accuracy(said) on d.test
"""
EXPECT = "expect above: scores > 0.5\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = [f"is {n} a number that is larger than {n % 7} or not" for n in range(60)]
    rows = [{"text": text, "label": n % 2} for n, text in enumerate(texts)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "said.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "late.w2s").write_text(SPEC, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_plan_and_run_say_which_expectations_come_late(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = "a new expectation about results that are there already: `above` (1 of 1)"
    run = ("run", "late.w2s", "--executor", "local")
    code, out, err = w2sdl(capsys, *run)
    assert code == 0, err
    (folder / "late.w2s").write_text(SPEC + EXPECT, "utf-8")
    assert late in w2sdl(capsys, "plan", "late.w2s")[1]
    assert late in w2sdl(capsys, *run, "--dry-run")[1]
    record = json.loads(w2sdl(capsys, "plan", "late.w2s", "--json")[1])
    assert record["late_expectations"] == {"above": {"numbers": 1, "known": 1, "brought": 0}}
    code, out, _ = w2sdl(capsys, *run, "--json")
    told = [json.loads(line) for line in out.splitlines()]
    (event,) = [one for one in told if one["event"] == "expected_late"]
    assert event["expectations"] == ["above"]
    assert told.index(event) < min(n for n, one in enumerate(told) if "node" in one)
    assert "new expectation" not in w2sdl(capsys, "plan", "late.w2s")[1]


def test_one_that_comes_before_its_results_is_not_talked_about(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "late.w2s").write_text(SPEC + EXPECT, "utf-8")
    code, out, _ = w2sdl(capsys, "plan", "late.w2s")
    assert (code, "expectation" in out) == (0, False)
    code, out, err = w2sdl(capsys, "run", "late.w2s", "--executor", "local")
    assert (code, "new expectation" in out + err) == (0, False)
