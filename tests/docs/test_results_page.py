"""The commands of ``docs/results.md`` are run, and print what the page shows."""

from __future__ import annotations

import io
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "report"))

import kept_run  # noqa: E402
import sample as sampling  # noqa: E402

PAGE = ROOT / "docs" / "results.md"
_PAIR = re.compile(r"```sh\n(?P<commands>.*?)```\n\n```text\n(?P<shown>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    sample = sampling.build(folder / "made")
    (folder / "store").mkdir()
    kept_run.keep_store(sample, folder / "store")
    (folder / "w2sdl.toml").write_text('store = "store"\n', "utf-8")
    return folder


def test_commands_print_what_the_page_shows(
    project: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Breaks where a command, an option or a column of the page is no more."""
    monkeypatch.chdir(project)
    page = PAGE.read_text("utf-8")
    assert page.count("```sh\n") == len(_PAIR.findall(page))

    def ran(match: re.Match[str]) -> str:
        shown = "".join(_printed(line, project) for line in match["commands"].splitlines())
        return f"```sh\n{match['commands']}```\n\n```text\n{shown}```"

    made = _PAIR.sub(ran, page)
    if pytestconfig.getoption("bless"):
        PAGE.write_text(made, "utf-8")
    assert _steady(made) == _steady(PAGE.read_text("utf-8"))
    assert (project / "figures" / "recovered_by_evidence.pdf").read_bytes().startswith(b"%PDF")


def _steady(text: str) -> str:
    """Without what another version of pyarrow changes: digests, and sizes of files."""
    return re.sub(r"\b[0-9a-f]{64}\b|(?<=digest )[0-9a-f]{12}|[\d,]+ B(?=\))", "#", text)


def _printed(line: str, project: Path) -> str:
    program, *words = shlex.split(line)
    assert program == "w2sdl"
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        run_cli(words)
    return printed.getvalue().replace(str(project), "…")
