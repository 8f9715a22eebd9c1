"""Commands that a report offers: what a shell makes of them is what was meant."""

from __future__ import annotations

import functools
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2sdl_runtime.report.commands import commands_of, quoted
from w2sdl_runtime.report.render import read_report
from w2sdl_runtime.storage.store import Store

ROOT = Path(__file__).parents[2]

SPEC = """experiment tiny

axis seed = 0..1

data qa = science_qa(parts: {supervise: 40, test: 60})

weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 3, seed: seed)
floor  = finetune(W, gold(qa.supervise), seed: seed)

measure scores = accuracy(floor) on qa.test
"""


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1))
def test_a_word_is_one_word_for_the_shell(word: str) -> None:
    assert shlex.split(quoted(word)) == [word]


def test_names_with_primes_are_easy_to_read() -> None:
    assert quoted("scores[of: S', evidence: debate]") == '"scores[of: S\', evidence: debate]"'
    assert "'" in quoted("a'$HOME")
    assert shlex.split(quoted("a'$HOME")) == ["a'$HOME"]


def test_the_store_is_named_where_the_run_named_it() -> None:
    again = {"folder": "/w", "arguments": ["run", "a.w2s", "--store", "s", "--profile", "p"]}
    found = commands_of({"run": "r", "again": again, "store": "/w/s"})
    assert found.enter == "cd /w"
    assert found.again == "w2sdl run a.w2s --store s --profile p"
    assert found.anew == "w2sdl run a.w2s --profile p --store again-r"
    assert found.trace("x[of: A]") == "w2sdl trace r 'x[of: A]' --store s"
    plain = commands_of({"run": "r", "again": {"folder": "/w", "arguments": ["run", "a.w2s"]}})
    assert plain.report == "w2sdl report r"
    joined = ["run", "a.w2s", "--store=s", "--cache=c"]
    assert commands_of({"run": "r", "again": {"arguments": joined}}).anew == (
        "w2sdl run a.w2s --store again-r"
    )


def test_a_run_from_python_names_its_store_and_has_no_command() -> None:
    found = commands_of({"run": "r", "store": "/data/store"})
    assert (found.again, found.anew, found.enter) == ("", "", "")
    assert found.report == "w2sdl report r --store /data/store"


Shell = Callable[[Path, str], str]


@pytest.fixture(scope="module")
def shell(warm_python: Path) -> Shell:
    """What a line prints in bash, where ``w2sdl`` is this very one."""
    return functools.partial(_shell, warm_python)


@pytest.fixture(scope="module")
def ran(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a small experiment was run, with its store in a folder of its own."""
    folder = tmp_path_factory.mktemp("a folder with spaces")
    (folder / "tiny.w2s").write_text(SPEC, "utf-8")
    shell(folder, "w2sdl run tiny.w2s --executor local --store 'my store'")
    return folder


def _shell(python: Path, folder: Path, line: str) -> str:
    program = f'w2sdl() {{ {shlex.quote(str(python))} -m w2sdl "$@"; }}\n'
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}"}
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-ec", program + line],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _last(store: Path) -> dict[str, Any]:
    """The record of the newest run of a store."""
    run = max((store / "runs").iterdir())
    record: dict[str, Any] = json.loads((run / "run.json").read_text("utf-8"))
    return record


def test_commands_work_when_pasted_anywhere(ran: Path, shell: Shell, tmp_path: Path) -> None:
    """Breaks where a command lacks the store, the folder, an option or a quote."""
    found = commands_of(_last(ran / "my store"))
    shell(tmp_path, f"{found.enter}\n{found.again}")
    assert _last(ran / "my store")["counts"]["executed"] == 0
    assert "report.html" in shell(tmp_path, f"{found.enter}\n{found.report}")
    assert "scores.accuracy(floor)" in shell(
        tmp_path, f"{found.enter}\n{found.trace('scores[of: floor]')}"
    )
    shell(tmp_path, f"{found.enter}\n{found.logs('floor[seed=1]')}")
    shell(tmp_path, f"{found.enter}\n{found.anew}")
    assert _last(ran / f"again-{found.run}")["counts"]["executed"] > 5


def test_origins_and_machines_are_those_of_the_store(ran: Path) -> None:
    store = Store(ran / "my store")
    report = read_report(min((store.root / "runs").iterdir()), store)
    manifests = {one.address: one for one in store.manifests()}
    found = {origin.address: origin for origin in report.origins}
    assert {"qa", "W[seed=0]", "W[seed=1]"} <= found.keys()
    assert "floor[seed=0]" not in found
    assert found["qa"].digest == manifests["qa"].digest
    assert "parameters" in found["W[seed=0]"].facts
    assert [machine.results for machine in report.machines] == [len(report.nodes)]
    assert report.machines[0].name == manifests["qa"].device_name
