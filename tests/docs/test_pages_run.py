"""Blocks marked ``sh run`` run, page by page, in a folder that begins empty, and print what is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fences import FENCES, ROOT, Fence, treatment

PAGES = {
    page: [fence for fence in FENCES if fence.page == page]
    for page in dict.fromkeys(fence.page for fence in FENCES if treatment(fence) == "run")
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page: str, warm_python: Path, tmp_path: Path) -> None:
    """Breaks where a page's commands, given in order as a reader would, fail or print something else."""
    printed = ""
    for block in PAGES[page]:
        if treatment(block) == "run":
            printed = run(block, tmp_path, warm_python)
        elif treatment(block) == "output":
            assert missing(block.body, printed) == "", f"{block.id}, of\n{printed}"
        elif block.file:
            path = tmp_path / Path(block.file).name
            path.write_text(block.body, "utf-8")


def run(block: Fence, folder: Path, python: Path) -> str:
    """What a block prints, both streams as they come. It ends as it says."""
    shim = folder / ".bin" / "w2sdl"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec "{python}" -m w2sdl "$@"\n')
    shim.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{shim.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "runtime")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "120",  # as wide as where there is no terminal, whatever the caller's is
    }
    done = subprocess.run(
        ["bash", "-ec", block.body], cwd=folder, env=env, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    expected = re.search(r"fails=(\d+)", block.words)
    assert done.returncode == (int(expected[1]) if expected else 0), f"{block.id}\n{done.stdout}"
    return done.stdout


def missing(shown: str, printed: str) -> str:
    """The first shown line that is not printed behind the one before it; numbers and spacing may differ."""
    lines = iter([alike(line) for line in printed.splitlines()])
    for line in filter(None, map(alike, shown.splitlines())):
        if line != "..." and not any(_fits(line, one) for one in lines):
            return line
    return ""


def _fits(shown: str, printed: str) -> bool:
    return re.fullmatch(re.escape(shown).replace(r"\.\.\.", ".*"), printed) is not None


def alike(line: str) -> str:
    """A line with each number as 0, and each run by one name."""
    line = re.sub(r"\b\d{8}-\d{6}-\w+-\w+", "RUN", line)
    line = re.sub(
        r"\b(?:\d+ h )?(?:\d+ min )?[\d.]+ (?:s|min|h)\b", "0 s", line
    )  # "8.7 s", "1 min 23 s"
    line = re.sub(r"[-+]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?|(?<!\d)\.\d+", "0", line)
    return " ".join(line.replace("small gap", "").split())


def test_lines_are_compared_in_order_and_words_count() -> None:
    assert missing("done in 8.7 s\n...\nreport x\n", "a\ndone in 12 s\nb\nreport x\n") == ""
    assert missing("done in 8.7 s: 5 computed\n", "done in 1 min 23 s: 5 computed\n") == ""
    assert missing("report x\ndone in 8.7 s\n", "done in 12 s\nreport x\n") == "done in 0 s"
    assert missing("supported\n", "not supported\n") == "supported"


SCRIPT = """import os, sys
print(sys.argv[1:], sys.stdin.read(), os.environ["GIVEN"], os.getcwd(), sys.path[0])
print("told", file=sys.stderr)
sys.exit({"number": 3, "text": "a sentence"}.get(sys.argv[1]))
"""


@pytest.mark.parametrize("end", ["number", "text", "nothing"])
def test_a_fork_is_as_a_process_of_its_own(end: str, warm_python: Path, tmp_path: Path) -> None:
    """Breaks where the Python of these tests hands on less than a real one does."""
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    cold, warm = (
        subprocess.run(
            [python, "script.py", end, "two words"],
            cwd=tmp_path, env={**os.environ, "GIVEN": "x"}, input="asked",
            capture_output=True, text=True, check=False,
        )
        for python in (sys.executable, warm_python)
    )  # fmt: skip
    assert (warm.returncode, warm.stdout, warm.stderr) == (
        cold.returncode,
        cold.stdout,
        cold.stderr,
    )
    assert "asked" in warm.stdout
