"""What a run prints: a line for what took long, one a group for the rest, failures always."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl.durations import format_seconds
from w2sdl_runtime.console.console import RunConsole
from w2sdl_runtime.driver import events


def printed(builder: Builder, folder: Path, quiet: bool = False) -> list[str]:
    stream = io.StringIO()
    graph = builder.graph()
    with RunConsole(graph, stream, quiet) as console:
        run(graph, folder, sinks=[console])
    return stream.getvalue().splitlines()


def test_nodes_that_took_long_have_a_line_of_their_own(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", name="quick", value=1.0)
    builder.add("tiny_sleep", {"of": [number]}, name="slow", seconds=0.6)
    lines = printed(builder, tmp_path)
    assert [line.split() for line in lines[:2]] == [
        ["0.0", "s", "quick:", "1", "computed"],
        ["0.6", "s", "slow"],
    ]
    assert re.match(r"done in \d\.\d s: 2 computed \(", lines[2])  # over a second on a busy machine


def test_many_short_nodes_are_one_line_a_group(tmp_path: Path) -> None:
    builder = Builder()
    for i in range(190):
        builder.add("tiny_number", name=f"group{i % 4}", value=float(i))
    lines = printed(builder, tmp_path)
    assert len(lines) == 5
    assert sum(line.endswith(": 48 computed") for line in lines) == 2
    again = printed(builder, tmp_path)
    sizes = {"group0": 48, "group1": 48, "group2": 47, "group3": 47}
    expected = {f"{name}: {size} reused" for name, size in sizes.items()}
    assert {line.strip() for line in again[:4]} == expected


@pytest.mark.parametrize("quiet", [False, True])
def test_failures_are_shown_even_when_quiet(tmp_path: Path, quiet: bool) -> None:
    builder = Builder()
    number = builder.add("tiny_number", name="a", value=1.0)
    builder.add("tiny_fail", {"of": [number]}, name="bad[arm=x]", how="prerequisite")
    lines = printed(builder, tmp_path, quiet)
    failed = [
        i for i, line in enumerate(lines) if line.startswith("failed  bad[arm=x]: there is no salt")
    ]
    assert len(failed) == 1
    assert lines[failed[0] + 1].strip() == "buy some"
    assert len(lines) == (2 if quiet else 4)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch, ci: str = "") -> str:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    monkeypatch.setenv("CI", ci)
    builder = Builder()
    number = builder.add("tiny_number", name="quick", value=1.0)
    builder.add("tiny_sleep", {"of": [number]}, name="S'[seed=1]", seconds=1.2)
    stream = Terminal()
    graph = builder.graph()
    with RunConsole(graph, stream) as console:
        run(graph, folder, sinks=[console])
    return stream.getvalue()


def test_a_terminal_shows_rate_and_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = on_terminal(tmp_path, monkeypatch)
    assert "S'[seed=1]" in text
    assert "ticks" in text
    assert "left" in text
    assert "\x1b[32m" in text  # the last line is green


def test_no_color_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = on_terminal(tmp_path, monkeypatch)
    assert "ticks" in text
    assert not any(f"\x1b[{code}m" in text for code in (31, 32, 33))


def test_a_build_log_gets_plain_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = on_terminal(tmp_path, monkeypatch, ci="true")
    assert "S'[seed=1]" in text
    assert "ticks" not in text


def test_a_lost_worker_is_told(tmp_path: Path) -> None:
    builder = Builder()
    node = builder.add("tiny_number", name="n", value=1.0)
    stream = io.StringIO()
    console = RunConsole(builder.graph(), stream)
    console(events.NodeRetried(node, "n", 1, "lost", "the worker process died", 0.0))
    assert stream.getvalue() == "retry  n: the worker process died\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_seconds_are_written_as_people_do(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_an_unexpected_failure_shows_its_log_and_what_was_skipped_for_it(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", name="a", value=1.0)
    bad = builder.add("tiny_fail", {"of": [number]}, name="bad", how="error")
    for i in range(3):
        builder.add("tiny_sleep", {"of": [bad]}, name="after", seconds=0.1 + i)
    lines = printed(builder, tmp_path)
    log = [line for line in lines if line.strip().startswith("|")]
    assert 1 <= len(log) <= 8
    assert "Error" in log[-1]
    assert "skipped after ×3: needs bad, which failed" in lines


def test_a_broken_rule_is_named_by_its_code(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", name="a", value=1.0)
    builder.add("tiny_fail", {"of": [number]}, name="bad", how="rule")
    lines = printed(builder, tmp_path)
    assert any(line.startswith("error[W2S0608]  bad: a.x and a.y share 1 text") for line in lines)
    entry = next(iter(json.loads(path.read_text()) for path in tmp_path.rglob("nodes.json")))
    (error,) = [node["error"] for node in entry.values() if node["error"]]
    assert error["code"] == "W2S0608"


def test_another_run_that_is_waited_for_is_named_once(tmp_path: Path) -> None:
    builder = Builder()
    nodes = [builder.add("tiny_number", name=f"n{i}", value=float(i)) for i in range(3)]
    stream = io.StringIO()
    console = RunConsole(builder.graph(), stream)
    for i, node in enumerate(nodes):
        console(events.NodeWaiting(node, f"n{i}", "run brisk-otter (process 7 on laptop)"))
    line = "waiting for run brisk-otter (process 7 on laptop), which computes n0"
    assert stream.getvalue().splitlines() == [line]
