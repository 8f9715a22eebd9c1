"""The examples of docs/diff.md are what the commands above them print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"```console\n\$ w2sdl (.*?)\n(.*?)```", (ROOT / "docs" / "diff.md").read_text("utf-8"), re.S
)


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_examples_are_true(
    command: str,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    assert run_cli([*shlex.split(command), "--store", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == shown.splitlines()[:-1]
    assert printed[-1].split(": ")[1] == shown.splitlines()[-1].split(": ")[1]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
