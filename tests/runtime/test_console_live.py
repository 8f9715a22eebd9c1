"""The live display on a real pseudo-terminal, and how often it is drawn."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
import pytest

from tests.runtime.tiny_graph import Builder
from w2sdl_runtime.console.console import RunConsole
from w2sdl_runtime.console.live_view import MAX_LINES, draw, take_view
from w2sdl_runtime.console.meters import gpu_text, gpus_in_use
from w2sdl_runtime.console.progress import Board
from w2sdl_runtime.driver import events

ROOT = Path(__file__).parents[2]


class Screen:
    """A child process on a terminal, and what a reader of that terminal sees."""

    def __init__(self, master: int, child: subprocess.Popen[bytes], size: tuple[int, int]) -> None:
        self.master, self.child = master, child
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def read_until(self, seen: Callable[[list[str]], bool]) -> list[str]:
        """Read until the screen shows it; fails with what it shows instead."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.stream.feed(os.read(self.master, 65536))
                except OSError:  # the child closed its side
                    break
            if seen(self.lines()):
                return self.lines()
        if seen(self.lines()):
            return self.lines()
        raise AssertionError("\n".join(self.lines()))

    def read_to_end(self) -> list[str]:
        """What is left on the screen when the child has ended."""
        with suppress(AssertionError):
            self.read_until(lambda lines: False)
        return self.lines()

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)


@contextmanager
def on_terminal(
    *arguments: str, size: tuple[int, int] = (100, 30), **more: str
) -> Iterator[Screen]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    unset = ("CI", "NO_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    environment = {**kept, "TERM": "xterm-256color", "PYTHONPATH": f"{ROOT}:{ROOT}/runtime", **more}
    command = [sys.executable, "-m", "tests.runtime.tiny_console", *arguments]
    child = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment
    )
    os.close(slave)
    try:
        yield Screen(master, child, size)
    finally:
        child.kill()
        child.wait()
        os.close(master)


def a_whole_frame(lines: list[str]) -> bool:
    """A node with a rate, the run and the meters; a reader may see a part of what was written."""
    words = (("ticks", "left"), ("1/2 nodes", "left"), ("cpu", "memory"))
    return all(any(all(word in line for word in some) for line in lines) for some in words)


def test_a_terminal_shows_bars_and_nothing_of_them_stays(tmp_path: Path) -> None:
    with on_terminal(str(tmp_path), "sleep") as screen:
        lines = screen.read_until(a_whole_frame)
        node = next(line for line in lines if line.startswith("S'[evidence=debate, seed=1]"))
        assert "━" in node
        assert "/s" in node
        whole = next(line for line in lines if line.startswith("tiny"))
        assert "1/2 nodes" in whole
        screen.resize(70, 30)
        screen.read_until(lambda lines: any("ticks" in x for x in lines))
        lines = screen.read_to_end()
        assert screen.child.wait(30) == 0
    assert [line.split()[0] for line in lines] == ["0.0", "3.0", "done"]


def test_a_narrow_terminal_gets_lines_that_fit(tmp_path: Path) -> None:
    with on_terminal(str(tmp_path), "sleep", size=(40, 8)) as screen:
        lines = screen.read_until(lambda lines: any("/30" in x for x in lines))
        assert not any("━" in line for line in lines)
        assert any(line.startswith("S'[eviden") for line in lines), lines
        lines = screen.read_to_end()
    assert not any("/30" in line for line in lines)


@pytest.mark.parametrize("variable", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_build_log_gets_plain_lines(tmp_path: Path, variable: dict[str, str]) -> None:
    with on_terminal(str(tmp_path), "many", **variable) as screen:
        lines = screen.read_to_end()
    assert not any("━" in line or "cpu" in line for line in lines)


class Terminal(io.StringIO):
    """Counts how often the live lines are drawn: each time the cursor is hidden lines above."""

    drawn = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.drawn += "nodes " in text
        return super().write(text)


def test_events_are_drawn_at_most_ten_times_a_second_and_slow_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Breaks when an event draws, or its cost grows with the number of nodes."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("CI", raising=False)
    builder = Builder()
    for i in range(10_000):
        builder.add("tiny_number", name=f"group{i % 7}", value=float(i))
    graph = builder.graph()
    stream = Terminal()
    with RunConsole(graph, stream, estimate=lambda node: 0.01) as console:
        start = time.monotonic()
        for node in graph.nodes.values():
            console(events.NodeQueued(node.id, node.address, 1))
            console(events.NodeStarted(node.id, node.address, 1))
            console(events.NodeProgress(node.id, node.address, 1, 1, "steps"))
            console(events.NodeFinished(node.id, node.address, "", "", 0.001))
        spent = time.monotonic() - start
        drawn = stream.drawn
    assert drawn <= 2 + 10 * spent
    assert spent < 3  # 40,000 events; a redraw for each would take minutes
    assert stream.getvalue().count("1429 computed") == 4


def test_however_many_nodes_run_the_lines_are_few() -> None:
    builder = Builder()
    for i in range(100):
        builder.add("tiny_number", name=f"n{i}", value=float(i))
    graph = builder.graph()
    board = Board(graph)
    for node in graph.nodes.values():
        board.start(node.id, node.address, 0.0)
    for room in (1, 2, 5, 40):
        view = take_view(board, "many", 0.0, 1.0, room, "cpu")
        assert len(view.rows) + len(view.notes) + 1 <= min(room, MAX_LINES)
        assert draw(view, 80)
    assert take_view(board, "many", 0.0, 1.0, 5, "cpu").rows[-1].name == "and 98 more"


def test_gpus_are_shown_as_the_driver_tells_of_them(tmp_path: Path) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf '83, 12288, 81920\\n0, 0, 81920\\n'\n")
    tool.chmod(0o755)
    assert gpus_in_use(str(tool)) == "gpu 83 % 12/80 GiB, gpu 0 % 0/80 GiB"
    tool.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    assert gpus_in_use(str(tool)) == ""
    assert gpus_in_use(str(tmp_path / "none")) == ""
    assert gpu_text("[N/A], [N/A], 81920\n") == ""


def chain(count: int) -> Builder:
    builder = Builder()
    last = builder.add("tiny_number", name="n0", value=1.0)
    for i in range(1, count):
        last = builder.add("tiny_sign", {"of": [last]}, name=f"n{i}")
    return builder


def test_time_left_is_that_of_the_chain_and_none_where_a_node_never_ran() -> None:
    builder = chain(4)
    board = Board(builder.graph(), lambda node: 10.0)
    ids = list(builder.nodes)
    assert board.left(0.0) == 40.0
    board.start(ids[0], "n0", 0.0)
    assert board.left(4.0) == 36.0
    assert board.settle(ids[0])
    assert not board.settle(ids[0])
    assert board.left(5.0) == 30.0
    unknown = Board(builder.graph(), lambda node: None if node.id == ids[3] else 1.0)
    assert unknown.left(0.0) is None
    unknown.settle(ids[3])
    assert unknown.left(0.0) == 3.0


def test_nodes_side_by_side_share_the_time_left() -> None:
    builder = Builder()
    ids = [builder.add("tiny_number", name=f"n{i}", value=float(i)) for i in range(8)]
    board = Board(builder.graph(), lambda node: 10.0)
    assert board.left(0.0) == 80.0
    for id_ in ids[:4]:
        board.start(id_, "n", 0.0)
    assert board.left(0.0) == 20.0


def test_a_rate_begins_with_the_first_report_so_that_a_resumed_training_is_not_fast() -> None:
    builder = chain(1)
    board = Board(builder.graph())
    (id_,) = builder.nodes
    board.start(id_, "n", 0.0)
    busy = board.busy[id_]
    busy.report(1.0, 500, 600, "steps")
    assert busy.rate is None
    busy.report(3.0, 520, 600, "steps")
    assert busy.rate == 10.0
    assert busy.left == 8.0
    busy.report(4.0, 1, 50, "rows")  # another phase
    assert busy.rate is None
    busy.report(5.0, 11, 50, "rows")
    assert busy.rate == 10.0
