"""The commands on runs, with real processes: what goes on, what ended, what was killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl
from tests.golden import check_golden
from tests.waiting import until
from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden_runs"
SPEC = """
experiment tiny "nodes of all sorts"
axis arm = {a: "x", b: "y"}
start = quick(text: arm)
waits = slow(start, seconds: SECONDS)
"""
OPTIONS = ("--module", "tests.cli.run_ops", "--executor", "local")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "tiny.w2s"
    path.write_text(SPEC.replace("SECONDS", "0.1"), "utf-8")
    return path


def spawn(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    return subprocess.Popen(
        [sys.executable, "-m", "w2sdl", *arguments], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def going_on(spec: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that takes a minute in a process of its own, with a slow node begun."""
    spec.write_text(SPEC.replace("SECONDS", "60"), "utf-8")
    child = spawn("run", "tiny.w2s", *OPTIONS, "--json", folder=spec.parent)
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line)["event"] == "node_progress":
            break
    yield child
    child.kill()
    child.wait()


def plain(text: str) -> str:
    """Output without what differs from run to run."""
    text = re.sub(r"\d{8}-\d{6}-[a-z]+-[a-z]+", "RUN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", text)
    text = re.sub(r"\d\d:\d\d:\d\d", "CLOCK", text)
    text = re.sub(r"process \d+ on [\w.-]+", "process PID on HOST", text)
    text = re.sub(r"(?m)^on +\S+$", "on       HOST", text)
    text = re.sub(r"Python [\d.]+, \d+ processors", "Python P, N processors", text)
    text = re.sub(r"\b\d+(\.\d)? (s|min)\b", "SPENT", text)
    text = re.sub(r"\b[\d.]+ processor-\w+", "COST", text)
    text = re.sub(r"/\S*/(?=tiny\.w2s|\.w2sdl)", "FOLDER/", text)
    return re.sub(r"  +", "  ", text)


def test_a_run_that_ended_is_listed_shown_and_its_logs_are_read(
    spec: Path, capsys: pytest.CaptureFixture[str], bless: bool
) -> None:
    assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 0
    for name, arguments in {
        "runs": ["runs"],
        "show": ["show"],
        "status": ["status"],
        "logs": ["logs"],
        "log_of_a_node": ["logs", "last/waits[arm = a]"],
    }.items():
        code, out, err = w2sdl(capsys, *arguments)
        assert (code, err) == (0, "")
        check_golden(GOLDEN / f"{name}.txt", plain(_without_order(name, out)), bless)


def test_markdown_is_not_json_and_says_where_there_is_none(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(SPEC.replace("SECONDS", "0"), "utf-8")
    assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 0
    assert w2sdl(capsys, "show", "--markdown") == (0, "the spec measures nothing\n", "")
    code, out, err = w2sdl(capsys, "show", "--markdown", "--json")
    assert (code, out) == (1, "")
    assert "give --json or --markdown, not both" in err


def test_a_node_that_wrote_nothing_is_said_to_have(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(SPEC.replace("SECONDS", "0") + "still = silent(start, seconds: 0)\n", "utf-8")
    assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 0
    assert w2sdl(capsys, "logs", "last/still[arm=a]") == (0, "", "it wrote nothing\n")


def _without_order(name: str, out: str) -> str:
    """Events of progress come as time allows, and the slowest nodes in any order."""
    if name == "logs":
        return "".join(line for line in out.splitlines(True) if "ticks" not in line)
    return re.sub(r"(?m)^slowest .*$", "slowest NODES", out)


def test_everything_is_json_for_programs(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = w2sdl(capsys, "run", spec.name, *OPTIONS, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert lines[0]["event"] == "launch"
    assert lines[0]["pid"] == os.getpid()
    assert (lines[-1]["event"], lines[-1]["exit_code"]) == ("end", 0)
    assert Path(lines[-1]["report"]).exists()
    run, folder = lines[0]["run"], Path(lines[0]["folder"])
    assert [json.loads(line)["event"] for line in (folder / "events.jsonl").open()] == [
        line["event"] for line in lines[1:-1]
    ]
    (listed,) = json.loads(w2sdl(capsys, "runs", "--json")[1])
    shown = json.loads(w2sdl(capsys, "show", "--json")[1])
    state = json.loads(w2sdl(capsys, "status", "--json")[1])
    for record in (listed, shown, state):
        assert record["run"] == run
        assert record["counts"] == {"executed": 4}
    assert shown["warnings"] == {"it took long": 2}
    assert len(shown["slowest"]) == 4
    assert json.loads(w2sdl(capsys, "logs", "--json")[1].splitlines()[0])["event"] == "run_started"
    store = ("--store", "elsewhere")
    part = ("--select", "waits", "--json")
    _, out, err = w2sdl(capsys, "run", spec.name, *OPTIONS, *part, *store)
    assert all(json.loads(line)["event"] for line in out.splitlines())
    assert "not selected, but needed" in err


def test_runs_are_found_by_any_of_their_names(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = []
    for _ in range(2):
        _, out, _ = w2sdl(capsys, "run", spec.name, *OPTIONS, "--json")
        runs.append(json.loads(out.splitlines()[0]))
    for name in (runs[0]["run"], runs[0]["name"]):
        assert json.loads(w2sdl(capsys, "status", name, "--json")[1])["run"] == runs[0]["run"]
    assert json.loads(w2sdl(capsys, "status", "last", "--json")[1])["run"] == runs[1]["run"]
    code, _, err = w2sdl(capsys, "status", runs[0]["run"][:6])
    assert code == 1
    assert f"say which: {runs[0]['run']}, {runs[1]['run']}" in err
    code, _, err = w2sdl(capsys, "show", "no-such")
    assert (code, "`w2sdl runs` lists them" in err) == (1, True)
    assert runs[0]["run"] not in w2sdl(capsys, "runs", "--filter", runs[1]["run"])[1]
    assert "and 1 more: --limit 2" in w2sdl(capsys, "runs", "--limit", 1)[1]
    assert "holds no run with `nothing`" in w2sdl(capsys, "runs", "--filter", "nothing")[1]


def test_without_a_journal_the_folders_tell(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 0
    before = json.loads(w2sdl(capsys, "runs", "--json")[1])
    for path in Path(".w2sdl").glob("journal.db*"):
        path.unlink()
    after = json.loads(w2sdl(capsys, "runs", "--json")[1])
    assert [run["counts"] for run in after] == [{"executed": 4}]
    assert [run["run"] for run in after] == [run["run"] for run in before]
    assert "slow ends" in w2sdl(capsys, "logs", "last/waits[arm=b]")[1]


def test_a_failure_is_shown_with_what_to_do(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(SPEC.replace("SECONDS", "0") + "bad = broken(start)\n", "utf-8")
    assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 1
    _, out, _ = w2sdl(capsys, "show")
    assert "failed   bad[arm=a]: there is no salt" in out
    assert "         buy some" in out
    _, out, _ = w2sdl(capsys, "status")
    assert "failed   bad[arm=a]: there is no salt" in out
    assert "go on with: w2sdl run tiny.w2s --module tests.cli.run_ops" in out
    assert "error: there is no salt" in w2sdl(capsys, "logs", "last/bad[arm=a]")[1]


def test_a_log_that_is_not_there_is_said_to_be(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert w2sdl(capsys, "run", spec.name, *OPTIONS)[0] == 0
    for target, options, words in [
        ("last/waits[arm=a]", (), "has no log"),
        ("last/waits", (), "has 2 nodes called `waits`"),
        ("last/wait[arm=a]", (), "such as `waits[arm=a]`"),
        ("last/waits[arm=a]", ("--json",), "a node's log is text"),
        ("last", ("--attempt", 1), "--attempt counts the tries at a node"),
        ("last/waits[arm=a]", ("--attempt", 2), "was tried 0 times"),
    ]:
        code, _, err = w2sdl(capsys, "logs", target, *options)
        assert (code, words in err) == (1, True), err


def test_status_tells_what_runs_and_cancel_stops_it(
    spec: Path, going_on: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def rate() -> bool:
        found = json.loads(w2sdl(capsys, "status", "--json")[1])["running"]
        return bool(found) and found[0]["rate"] is not None

    until(rate)
    state = json.loads(w2sdl(capsys, "status", "--json")[1])
    assert (state["status"], state["pid"], state["alive"]) == ("running", going_on.pid, True)
    (node,) = state["running"]
    assert node["unit"] == "ticks"
    assert 10 < node["rate"] <= 25  # about twenty a second, as the operation reports them
    _, out, _ = w2sdl(capsys, "status")
    assert re.search(r"running  waits\[arm=.\]  \d+/1200 ticks  [\d.]+/s, .* left", out)
    assert f"process {going_on.pid} on" in out
    code, _, err = w2sdl(capsys, "retry")
    assert (code, "still runs" in err) == (1, True)

    code, out, _ = w2sdl(capsys, "cancel", "last")
    assert code == 0
    assert "has stopped" in out
    assert going_on.wait(30) == 3
    state = json.loads(w2sdl(capsys, "status", "--json")[1])
    assert (state["status"], state["killed"], state["running"]) == ("interrupted", False, [])
    assert "does not run any more (interrupted)" in w2sdl(capsys, "cancel", "last")[1]


def test_a_run_that_was_killed_is_said_to_be_and_retried(
    spec: Path, going_on: subprocess.Popen[str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    going_on.send_signal(signal.SIGKILL)
    going_on.wait()
    _, out, _ = w2sdl(capsys, "status")
    assert "interrupted" in out.splitlines()[0]
    assert "is gone: it was killed" in out
    assert "interrupted" in w2sdl(capsys, "runs")[1]

    spec.write_text(SPEC.replace("SECONDS", "0.1"), "utf-8")
    elsewhere = spec.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)  # the command is given again where it was given first
    store = ("--store", spec.parent / ".w2sdl")
    code, out, _ = w2sdl(capsys, "retry", "last", "-n", "--json", *store)
    asked = json.loads(out)
    assert asked["arguments"] == ["run", "tiny.w2s", *OPTIONS]
    assert asked["spec_changed"]
    code, out, err = w2sdl(capsys, "retry", "last", *store)
    assert code == 0
    assert "has changed since" in err
    assert "2 reused" in out


def test_what_is_given_again_leaves_out_what_would_compute_anew(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", str(spec.parent / "elsewhere"))
    options = ("--fresh", "-q", "--select", "start", "-k", "--set", "waits.seconds=0.05")
    assert w2sdl(capsys, "run", spec.name, *OPTIONS, *options, *store)[0] == 0
    asked = json.loads(w2sdl(capsys, "retry", "-n", "--json", *store)[1])
    design = ["run", "tiny.w2s", "--set", "waits.seconds=0.05", "--module", "tests.cli.run_ops"]
    rest = ["--executor", "local", "--keep-going", "--select", "start"]
    words = asked["arguments"]
    assert words[: len(design)] == design
    assert set(rest) < set(words)
    assert not {"--fresh", "--quiet", "-q"} & set(words)
    assert not asked["spec_changed"]

    plan = ("--module", "tests.cli.run_ops", "-o", "plan.json")
    assert w2sdl(capsys, "plan", spec.name, *plan)[0] == 0
    assert w2sdl(capsys, "run", "plan.json", "--executor", "local")[0] == 0
    asked = json.loads(w2sdl(capsys, "retry", "-n", "--json")[1])
    assert asked["arguments"][:2] == ["run", str(spec)]  # the plan itself holds only once
    code, out, _ = w2sdl(capsys, "retry")
    assert (code, "4 reused" in out) == (0, True)


def test_logs_follow_until_the_end(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(SPEC.replace("SECONDS", "2"), "utf-8")
    child = spawn("run", "tiny.w2s", *OPTIONS, "--json", folder=spec.parent)
    assert child.stdout is not None
    node = next(
        line["address"]
        for line in map(json.loads, child.stdout)
        if line["event"] == "node_progress"
    )
    code, out, _ = w2sdl(capsys, "logs", "-f", f"last/{node}")
    assert (code, out.splitlines()) == (
        0,
        ["slow begins", "slow ends", "warning: it took long"],
    )
    code, out, _ = w2sdl(capsys, "logs", "-f")
    assert out.splitlines()[-1].split()[1] == "done"
    child.communicate()
    assert child.returncode == 0


def test_a_second_attempt_has_a_log_of_its_own_that_following_goes_on_to(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'experiment tiny\nstart = quick(text: "x")\n'
    spec.write_text(text + "eats = hungry(start, retry: {max: 1, on: [oom]})\n", "utf-8")
    child = spawn("run", "tiny.w2s", *OPTIONS, "--json", folder=spec.parent)
    assert child.stdout is not None
    for line in child.stdout:
        event = json.loads(line)
        if (event["event"], event.get("address")) == ("node_started", "eats"):
            break
    code, out, _ = w2sdl(capsys, "logs", "-f", "last/eats")
    assert code == 0
    first, second = out.split("-- attempt 2\n")
    assert first.startswith("hungry begins")
    assert "MemoryError: no more" in first
    assert second == "hungry begins\nhungry ends\n"
    child.communicate()
    assert child.returncode == 0
    assert w2sdl(capsys, "logs", "last/eats")[1] == second
    assert w2sdl(capsys, "logs", "last/eats", "--attempt", 1)[1] == first
    assert "retry     eats: " in w2sdl(capsys, "logs")[1]


@pytest.mark.parametrize(("bound", "code"), [("> 99%", 100), ("< 99%", 0)])
def test_strict_fails_where_results_contradict_an_expectation(
    bound: str, code: int, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(
        "experiment strict\n"
        "data d = science_qa(parts: {supervise: 40, test: 40})\n"
        "weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 2)\n"
        "teacher = finetune(W, gold(d.supervise))\n"
        "measure scores = accuracy(teacher) on d.test\n"
        f"expect bounded: scores[of: teacher] {bound}\n",
        "utf-8",
    )
    found, _, err = w2sdl(capsys, "run", spec.name, "--executor", "local", "--strict")
    assert found == code, err
    assert ("--strict: the results contradict `bounded`" in err) == (code == 100)
    assert w2sdl(capsys, "run", spec.name, "--executor", "local")[0] == 0


def test_status_is_quick_and_loads_little(spec: Path) -> None:
    """Breaks when the status of a run needs what compiles or computes."""
    code = (
        "import sys; from w2sdl.cli import run_cli; run_cli(['status']);"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    assert run_cli(["run", spec.name, *OPTIONS]) == 0
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=spec.parent, text=True, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"},
    )  # fmt: skip
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"pydantic", "numpy", "lark", "rich", "networkx", "ray", "torch", "pyarrow"}
