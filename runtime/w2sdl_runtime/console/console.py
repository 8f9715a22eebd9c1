"""Shows a run on the terminal: live bars where there is one, plain lines elsewhere."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from w2sdl.graph import Graph
from w2sdl_runtime.console.lines import Lines, reached_text
from w2sdl_runtime.console.live_view import MAX_LINES, draw, take_view
from w2sdl_runtime.console.meters import Meters
from w2sdl_runtime.console.progress import Board, Estimate
from w2sdl_runtime.driver import events
from w2sdl_runtime.files import write_json

REDRAW_EVERY = 0.2  #: seconds; however many events there are
HEARTBEAT = 60.0  #: seconds between two plain lines on what runs
_KEEP_EVERY = 2.0  #: seconds between two notes for `w2sdl status`
_IDLE = 1.0  #: seconds; clocks go on where nothing happens


class _Terminal(Console):
    """A console whose reader may go away: that is the driver's to say, and no end of the process."""

    def on_broken_pipe(self) -> None:
        raise


class RunConsole:
    """A sink for events. Use it as a context manager around `run_graph`.

    Events only change what is to be shown; a thread draws it, a few times a second at most, so that
    ten thousand short nodes are not slowed by their own display.

    Args:
        graph: the graph that runs.
        stream: where to write; live bars need a terminal.
        quiet: only failures are shown.
        estimate: seconds that a node took in earlier runs, or None.
        folder: of the run, to keep ``progress.json`` in for `w2sdl status`.
    """

    def __init__(
        self,
        graph: Graph,
        stream: TextIO,
        quiet: bool = False,
        estimate: Estimate | None = None,
        folder: Path | None = None,
    ) -> None:
        # rich obeys NO_COLOR itself.
        self._console = _Terminal(file=stream, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._name = graph.experiment
        self._lines = Lines(graph, self._write, quiet)
        self._board = Board(graph, estimate)
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._unshown: list[Text] = []  #: lines since the last redraw of a live display
        self._changed = True
        self._drawn = 0.0
        self._folder = folder
        self._kept = 0.0
        self._said = 0.0
        self._meters: Meters | None = None
        self._live: Live | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._since = time.monotonic()
        self._said = self._since
        if shows_bars(self._console) and not self._quiet:
            self._meters = Meters()
            self._live = Live(
                get_renderable=self._render,
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._thread = threading.Thread(target=self._keep_drawing, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._live is not None:
            self._redraw()
            self._live.stop()
            self._live = None
        if self._meters is not None:
            self._meters.close()

    def __call__(self, event: events.Event) -> None:
        with self._lock:
            self._changed = True
            self._take(event)

    def _take(self, event: events.Event) -> None:
        now = time.monotonic()
        match event:
            case events.NodeStarted(node, address):
                self._board.start(node, address, now)
            case events.NodeProgress(node, address, done, total, unit, facts):
                if node not in self._board.busy:
                    self._board.start(node, address, now)
                self._board.busy[node].report(now, done, total, unit)
                self._board.busy[node].facts = facts
            case events.NodeWaiting(node, address, holder):
                self._board.waiting[node] = (address, holder)
                self._lines.waiting(event)
            case events.NodeRetried():
                self._board.stop(event.node)
                self._lines.retried(event)
            case events.ExpectedLate(text=text):
                self._lines.say(text, "yellow")
            case events.BudgetCompared(fits=fits, text=text):
                self._lines.say(text, "" if fits else "yellow", always=fits is False)
            case events.BudgetSpent(text=text):
                self._board.budget = text
            case events.BudgetReached(budget, running):
                self._lines.say(reached_text(budget, running), "yellow")
            case _:
                self._take_end(event)

    def _take_end(self, event: events.Event) -> None:
        """What becomes of nodes, and of the run."""
        match event:
            case events.NodeFinished():
                self._settle(event.node, "computed", event.seconds)
                self._lines.warnings(event)
            case events.NodeReused():
                self._settle(event.node, "reused", 0.0)
                self._lines.warnings(event)
            case events.NodeFailed():
                self._settle(event.node, "failed", 0.0)
                self._lines.failed(event)
            case events.NodeSkipped():
                self._lines.skipped(event)
            case events.RunFinished():
                self._lines.ended(event)
            case _:
                pass

    def _settle(self, id_: str, how: str, seconds: float) -> None:
        if self._board.settle(id_):  # else it was made again for an object that had gone bad
            self._lines.settled(id_, how, seconds)

    def _write(self, line: Text) -> None:
        if self._live is None:
            self._console.print(line)
        else:  # all lines of a moment and the bars below them are one write
            self._unshown.append(line)

    # -- live --------------------------------------------------------------------------------------

    def _keep_drawing(self) -> None:
        while not self._stop.wait(REDRAW_EVERY if self._live is not None else _KEEP_EVERY):
            now = time.monotonic()
            if self._folder is not None and now - self._kept >= _KEEP_EVERY:
                self._kept = now
                self._keep(self._folder)
            if self._live is None:
                if now - self._said >= HEARTBEAT:
                    self._said = now
                    # Whoever read the lines may be gone: the driver says so.
                    with suppress(OSError), self._lock:
                        self._lines.beat(self._board, now)
            elif self._changed or now - self._drawn > _IDLE:
                self._redraw()

    def _keep(self, folder: Path) -> None:
        with self._lock:
            record = self._board.to_json(time.monotonic(), time.time())
        with suppress(OSError):  # a disk that is full is told by whoever needs it
            write_json(folder / "progress.json", record, durable=False)

    def _redraw(self) -> None:
        with self._lock:
            lines, self._unshown = self._unshown, []
            self._changed = False
        self._drawn = time.monotonic()
        if lines:
            self._console.print(Group(*lines))  # rich draws the bars again below them
        elif self._live is not None:
            self._live.refresh()

    def _render(self) -> RenderableType:
        width, height = self._console.size
        meters = self._meters.text() if self._meters is not None else ""
        meters = "  ".join(filter(None, [meters, self._board.budget]))
        room = min(MAX_LINES, max(1, height - 2))
        with self._lock:
            now = time.monotonic()
            view = take_view(self._board, self._name, self._since, now, room, meters)
        return draw(view, width)


def shows_bars(console: Console) -> bool:
    """Whether a display that moves can be read: on a terminal, and not in a build log."""
    building = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return console.is_terminal and not console.is_dumb_terminal and not building
