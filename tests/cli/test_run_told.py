"""What is told of a run that waits, could not go on, or lost its reader; with real processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import w2sdl
from tests.cli.test_runs import OPTIONS, spawn
from tests.waiting import until

SPEC = """
experiment tiny "nodes of all sorts"
axis arm = {a: "x", b: "y"}
start = quick(text: arm)
waits = CALL
"""


def write(folder: Path, call: str) -> Path:
    path = folder / "tiny.w2s"
    path.write_text(SPEC.replace("CALL", call), "utf-8")
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_status_knows_of_a_node_that_reports_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "silent(start, seconds: 60.0)")
    child = spawn("run", "tiny.w2s", *OPTIONS, "--quiet", folder=tmp_path)
    state: dict[str, Any] = {}

    def runs() -> bool:
        nonlocal state
        code, out, _ = w2sdl(capsys, "status", "--json")
        state = json.loads(out) if code == 0 else {}
        return [node["address"] for node in state.get("running", [])] == ["waits[arm=a]"]

    try:
        until(runs)
    finally:
        child.kill()
        child.communicate()
    assert state["counts"] == {"executed": 2, "running": 1, "to do": 1}
    left = json.loads(w2sdl(capsys, "status", "--json")[1])
    assert left["counts"] == {"executed": 2, "cut off": 1, "to do": 1}
    assert "4 nodes: 2 computed, 1 cut off, 1 to do" in w2sdl(capsys, "status")[1]


def test_what_kept_a_run_from_going_on_can_be_read_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "slow(start, seconds: 0.1, needs: {cpu: 4096})")
    code, _, err = w2sdl(capsys, "run", "tiny.w2s", *OPTIONS)
    assert code == 1
    assert "waits (2 nodes) asks for 4096 processors" in err
    for command in ("show", "status"):
        out = w2sdl(capsys, command)[1]
        assert "stopped  waits (2 nodes) asks for 4096 processors" in out
        assert "ask for less (`needs:`)" in out
        found = json.loads(w2sdl(capsys, command, "--json")[1])["error"]
        assert found["message"].startswith("waits (2 nodes) asks for")
    write(tmp_path, "quick(text: arm)")
    assert w2sdl(capsys, "run", "tiny.w2s", *OPTIONS)[0] == 0
    assert "stopped" not in w2sdl(capsys, "show")[1] + w2sdl(capsys, "status")[1]


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_a_run_whose_reader_went_away_says_so_and_ends(
    how: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "slow(start, seconds: 0.6)")
    child = spawn("run", "tiny.w2s", *OPTIONS, *how, folder=tmp_path)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    said = child.stderr.read()
    assert child.wait() == 1
    assert "nobody reads the output of" in said
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    state = json.loads(w2sdl(capsys, "status", "--json")[1])
    assert (state["status"], state["killed"]) == ("failed", False)
    assert state["error"]["message"] == "nobody read its output any more"
    assert "to do" not in state["counts"]  # all that was not reached is said to be skipped
    assert w2sdl(capsys, "run", "tiny.w2s", *OPTIONS)[0] == 0


def test_what_only_reads_ends_well_without_a_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "slow(start, seconds: 0.1)")
    assert w2sdl(capsys, "run", "tiny.w2s", *OPTIONS)[0] == 0
    for command in ("runs", "show", "logs"):
        child = spawn(command, folder=tmp_path)
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        said = child.stderr.read()
        assert (child.wait(), said) == (0, "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--executor", "ray", "--address", "foo"), "`foo` is no address of a Ray cluster"),
        (("--executor", "ray", "--address", "ray://head:1"), "can't go through ray://"),
        (("--executor", "ray", "--address", "http://head:8265"), "submit SPEC --address http://head"),
        (("--executor", "ray", "--address", "head:6379", "-j", "2"), "--jobs says how many"),
        (("--executor", "local", "--address", "head:6379"), "--address needs the ray executor"),
    ],
)  # fmt: skip
def test_options_that_contradict_are_refused_before_a_run_begins(
    options: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "quick(text: arm)")
    assert w2sdl(capsys, "run", "tiny.w2s", *OPTIONS)[0] == 0
    code, _, err = w2sdl(capsys, "run", "tiny.w2s", *OPTIONS[:2], *options)
    assert code == 1
    assert said in err
    assert len(json.loads(w2sdl(capsys, "runs", "--json")[1])) == 1  # also where all is stored


def test_a_name_that_is_no_text_is_said_to_be(tmp_path: Path) -> None:
    spec = write(tmp_path, "quick(text: arm)")
    odd = tmp_path / "b\udcff.w2s"
    try:
        odd.write_bytes(spec.read_bytes())
    except OSError:
        pytest.skip("this file system has no such names")
    child = spawn("run", odd.name, *OPTIONS, folder=tmp_path)
    _, said = child.communicate()
    assert child.returncode == 1
    assert "is no text in this locale" in said
    assert "rename it" in said
