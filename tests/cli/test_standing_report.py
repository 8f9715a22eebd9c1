"""A run that computed nothing names the report that still stands; any other writes its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

Run = Callable[..., Path]
SPEC = 'experiment small\n  "Rows"\n\ndata qa = science_qa(parts: {test: 20}, world: WORLD)\n'


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the spec with some words after it; gives the path of the report that was named."""
    spec = tmp_path / "small.w2s"

    def run(text: str, *words: str) -> Path:
        spec.write_text(text, "utf-8")
        options = ["--executor", "local", "--store", str(tmp_path / "store"), "--quiet"]
        assert run_cli(["run", str(spec), *options, *words]) == 0
        (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("report")]
        return Path(line.split(maxsplit=1)[1])

    return run


def test_the_same_again_has_the_same_report(run: Run, tmp_path: Path) -> None:
    text = SPEC.replace("WORLD", "0")
    first = run(text)
    assert run(text) == first
    copy = run(text, "--out", str(tmp_path / "copy.html"))
    assert copy.read_bytes() == first.read_bytes()


def test_what_a_report_shows_makes_another(run: Run) -> None:
    text = SPEC.replace("WORLD", "0")
    first = run(text)
    other = run(SPEC.replace("WORLD", "1"))
    commented = run(f"# A remark.\n{text}")
    assert len({first, other, commented}) == 3
    assert run(text) == first
    first.unlink()
    assert run(text).exists()
