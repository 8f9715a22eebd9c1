"""Every fenced block of every page is compiled, run, parsed, or covered by a test that is named."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from commands import calls, problem, wrong_arguments
from fences import ELSEWHERE, FENCES, PAGES, ROOT, SHOWN, Fence, looked_up, treatment

from w2sdl.cli import run_cli
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures


def of(how: str, *languages: str) -> list[pytest.ParameterSet]:
    chosen = [
        f for f in FENCES if treatment(f) == how and (not languages or f.language in languages)
    ]
    return [pytest.param(fence, id=fence.id) for fence in chosen]


@pytest.mark.parametrize("fence", [pytest.param(fence, id=fence.id) for fence in FENCES])
def test_somebody_decided_what_is_done_with_it(fence: Fence) -> None:
    assert treatment(fence), (
        f"{fence.id}: ```{fence.language} {fence.words}: see docs/site/README.md"
    )


def test_every_entry_of_the_tables_is_of_a_block_and_names_a_test() -> None:
    entries = [
        entry
        for fence in FENCES
        for table in (ELSEWHERE, SHOWN)
        for entry in looked_up(fence, table)
    ]
    listed = [
        (page, start) for table in (ELSEWHERE, SHOWN) for page in table for start in table[page]
    ]
    assert sorted(entries) == sorted(listed)
    for named in (test for tests in ELSEWHERE.values() for test in tests.values()):
        path, _, name = named.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), named


@pytest.mark.parametrize("fence", [*of("parsed", "sh"), *of("run")])
def test_commands_exist_with_their_options(fence: Fence) -> None:
    """Breaks where a command or an option is renamed, or was never there."""
    checked = subprocess.run(
        ["bash", "-n"], input=fence.body, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    if not fence.file:
        wrong = {" ".join(words): said for words in calls(fence.body) if (said := problem(words))}
        assert wrong == {}


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES])
def test_commands_within_sentences_exist(path: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    wrong = {}
    for text in re.findall(r"`w2sdl ([a-z][^`|…]*)`", prose):
        for words in calls("" if "..." in text or " [" in text else f"w2sdl {text}"):
            if words[0] == "w2sdl" and (said := _unknown(words[1:])):
                wrong[text] = said
    assert wrong == {}


def _unknown(arguments: list[str]) -> str:
    """What is wrong besides arguments that a sentence leaves out."""
    said = wrong_arguments(arguments)
    left_out = (" needs ", "requires an argument", "no command")
    return "" if any(words in said for words in left_out) else said


@pytest.mark.parametrize("fence", of("parsed", "python"))
def test_python_is_python_and_what_it_imports_is_there(fence: Fence) -> None:
    tree = ast.parse(_complete(fence.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name), f"{node.module} has no {name.name}"
        elif isinstance(node, ast.Import):
            assert all(importlib.util.find_spec(name.name) for name in node.names)


def _complete(code: str) -> str:
    """A parameter alone is shown as it stands within a signature."""
    return f"def shown(*, {code.strip()}): ..." if re.fullmatch(r"\w+: [^\n]+\n", code) else code


@pytest.mark.parametrize("fence", of("parsed", "json", "toml", "yaml"))
def test_data_can_be_read(fence: Fence) -> None:
    read = {
        "json": json.loads,
        "toml": tomllib.loads,
        "yaml": lambda text: list(yaml.safe_load_all(text)),
    }
    assert read[fence.language](fence.body)


@pytest.mark.parametrize(
    "fence", [pytest.param(f, id=f.id) for f in FENCES if f.file and "/" in f.file]
)
def test_a_block_that_is_a_file_of_the_repository_is_that_file(fence: Fence, bless: bool) -> None:
    path = ROOT / fence.file
    if fence.language == "w2s" and not path.exists():
        return  # a library that other blocks of the page import
    if bless:
        path.write_text(fence.body, "utf-8")
    assert path.read_text("utf-8") == fence.body


def test_the_readmes_message_is_the_one_given() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (shown,) = re.findall(r"```text\n(error.*?)```", readme, re.DOTALL)
    line, mistaken = re.search(r"13 \| (hints.*)\n(?:.*\n)*?14 \| (student.*)\n", shown).groups()  # type: ignore[union-attr]
    spec = (ROOT / "examples" / "quickstart.w2s").read_text("utf-8")
    text = re.sub(r"(?m)^student = .*$", f"{line}\n{mistaken}", spec)
    found = Compilation(Source("quickstart.w2s", text), load_signatures()).diagnostics
    assert render_diagnostics(found) == shown


def test_the_plan_that_is_blocked_is_the_one_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "plan.md").read_text("utf-8")
    (shown,) = re.findall(r"```text\n(blocked asks for.*?)```", page, re.DOTALL)
    spec = ROOT / "examples" / "quickstart.w2s"
    setting = "student.needs={gpu_mem: 40GiB}"
    run_cli(["plan", str(spec), "--set", setting, "--store", str(tmp_path), "--executor", "local"])
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in filter(None, map(str.strip, shown.splitlines())):
        assert any(one.startswith(" ".join(line.split())) for one in said), line
