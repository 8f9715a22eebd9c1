"""Shows a run on the terminal: live bars where there is one, plain lines elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from w2sdl.durations import format_seconds
from w2sdl.graph import Graph
from w2sdl_runtime.console.live_view import MAX_LINES, draw, take_view
from w2sdl_runtime.console.meters import Meters
from w2sdl_runtime.console.progress import Board, Estimate, progress_text
from w2sdl_runtime.driver import events
from w2sdl_runtime.files import write_json

SHORT = 0.5  #: seconds; nodes that took less are only counted in the line of their group
REDRAW_EVERY = 0.2  #: seconds; however many events there are
HEARTBEAT = 60.0  #: seconds between two plain lines on what runs
_KEEP_EVERY = 2.0  #: seconds between two notes for `w2sdl status`
_IDLE = 1.0  #: seconds; clocks go on where nothing happens
_SHOWN = 8  #: names shown at a time
_TAIL = 8  #: lines of a failed attempt's log


class _Terminal(Console):
    """A console whose reader may go away: that is the driver's to say, and no end of the process."""

    def on_broken_pipe(self) -> None:
        raise


@dataclass(slots=True)
class _Group:
    """All nodes of one binding."""

    name: str
    size: int
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    shown: int = 0


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
        self._nodes = graph.nodes
        self._groups = _groups(graph)
        self._board = Board(graph, estimate)
        self._warned: set[tuple[str, str]] = set()
        self._skipped: dict[str, Counter[str]] = {}  # reason -> nodes by name
        self._holders: set[str] = set()  #: runs that were waited for
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._lines: list[Text] = []  #: said since the last redraw of a live display
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
                self._wait(node, address, holder)
            case events.NodeRetried():
                self._board.stop(event.node)
                after = f", again in {format_seconds(event.after)}" if event.after >= 1 else ""
                self._say(f"retry  {event.address}: {event.message}{after}", "yellow")
            case events.ExpectedLate(text=text):
                self._say(text, "yellow")
            case events.BudgetCompared(fits=fits, text=text):
                self._say(text, "" if fits else "yellow", always=fits is False)
            case events.BudgetSpent(text=text):
                self._board.budget = text
            case events.BudgetReached(budget, running):
                self._say(reached_text(budget, running), "yellow")
            case _:
                self._take_end(event)

    def _take_end(self, event: events.Event) -> None:
        """What becomes of nodes, and of the run."""
        match event:
            case events.NodeFinished():
                self._settle(event.node, "computed", event.seconds)
                self._say_warnings(event)
            case events.NodeReused():
                self._settle(event.node, "reused", 0.0)
                self._say_warnings(event)
            case events.NodeFailed():
                self._settle(event.node, "failed", 0.0)
                self._say_failure(event)
            case events.NodeSkipped():
                name = self._nodes[event.node].name
                self._skipped.setdefault(event.because, Counter())[name] += 1
            case events.RunFinished():
                self._say_skipped()
                self._say_end(event)
            case _:
                pass

    # -- lines -------------------------------------------------------------------------------------

    def _settle(self, id_: str, how: str, seconds: float) -> None:
        """Count a node; say so where it took long, or where it was the last of its group."""
        if not self._board.settle(id_):
            return  # made again for an object that had gone bad
        node = self._nodes[id_]
        group = self._groups[node.name]
        group.counts[how] += 1
        group.seconds += seconds
        if how == "computed" and seconds > SHORT:
            group.shown += 1
            self._say(f"{format_seconds(seconds):>7}  {node.address}")
        told = group.shown + group.counts["failed"]  # these have lines of their own
        if group.counts.total() == group.size > told:
            self._say_group(group)

    def _wait(self, node: str, address: str, holder: str) -> None:
        """One line for each run that is waited for: the bars name what waits."""
        self._board.waiting[node] = (address, holder)
        if holder not in self._holders:
            self._holders.add(holder)
            self._say(f"waiting for {holder}, which computes {address}", "yellow")

    def _say_group(self, group: _Group) -> None:
        parts = [f"{count} {how}" for how, count in sorted(group.counts.items())]
        time_spent = format_seconds(group.seconds) if group.counts["computed"] else ""
        self._say(f"{time_spent:>7}  {group.name}: {', '.join(parts)}", "dim")

    def _say_warnings(self, event: events.NodeFinished | events.NodeReused) -> None:
        """Each warning once for all nodes of a binding."""
        name = self._nodes[event.node].name
        for warning in event.warnings:
            if (name, warning) not in self._warned:
                self._warned.add((name, warning))
                self._say(f"warning {name}: {warning}", "yellow", always=True)

    def _say_failure(self, event: events.NodeFailed) -> None:
        how = f"error[{event.code}]" if event.code else "failed"
        self._say(f"{how}  {event.address}: {event.message}", "red", always=True)
        if event.help:
            self._say(f"        {event.help}", always=True)
        for line in event.tail.splitlines()[-_TAIL:]:
            self._say(f"        | {line}", "dim", always=True)

    def _say_skipped(self) -> None:
        for because, names in self._skipped.items():
            shown = [f"{name} ×{n}" if n > 1 else name for name, n in names.most_common(_SHOWN)]
            rest = len(names) - len(shown)
            more = f" and {rest} more names" if rest else ""
            self._say(f"skipped {', '.join(shown)}{more}: {because}", "yellow", always=True)

    def _say_end(self, event: events.RunFinished) -> None:
        words = {"executed": "computed"}
        parts = [f"{count} {words.get(how, how)}" for how, count in event.counts.items() if count]
        spent = format_seconds(event.seconds)
        style = {"done": "green", "failed": "red"}.get(event.status, "yellow")
        self._say(f"{event.status} in {spent}: {', '.join(parts)} ({event.run})", style)

    def _say(self, text: str, style: str = "", always: bool = False) -> None:
        if self._quiet and not always:
            return
        if self._live is None:
            self._console.print(Text(text, style=style))
        else:  # all lines of a moment and the bars below them are one write
            self._lines.append(Text(text, style=style))

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
                    with suppress(OSError):  # whoever read the lines went away: the driver says so
                        self._beat()
            elif self._changed or now - self._drawn > _IDLE:
                self._redraw()

    def _keep(self, folder: Path) -> None:
        with self._lock:
            record = self._board.to_json(time.monotonic(), time.time())
        with suppress(OSError):  # a disk that is full is told by whoever needs it
            write_json(folder / "progress.json", record, durable=False)

    def _redraw(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
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

    def _beat(self) -> None:
        """A plain line now and then, for those who read the log of a long run."""
        with self._lock:
            now = time.monotonic()
            running = self._board.longest_running()
            parts = [f"{b.address} {progress_text(b, now)}" for b in running[:_SHOWN]]
            if len(running) > _SHOWN:
                parts.append(f"and {len(running) - _SHOWN} more")
            left = self._board.left(now)
            rest = f", about {format_seconds(left)} left" if left is not None else ""
            done = f"{self._board.done}/{self._board.total} nodes{rest}"
            spent = f" ({self._board.budget})" if self._board.budget else ""
            self._say(f"running {done}{spent}: {'; '.join(parts) or 'nothing yet'}", "dim")


def reached_text(budget: str, running: int) -> str:
    """What follows once a budget is spent."""
    if not running:
        return f"budget {budget} reached: nothing more is begun"
    nodes = f"{running} nodes that run" if running > 1 else "the node that runs"
    return f"budget {budget} reached: nothing more is begun; {nodes} will be finished"


def shows_bars(console: Console) -> bool:
    """Whether a display that moves can be read: on a terminal, and not in a build log."""
    building = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return console.is_terminal and not console.is_dumb_terminal and not building


def _groups(graph: Graph) -> dict[str, _Group]:
    sizes = Counter(node.name for node in graph.nodes.values())
    return {name: _Group(name, size) for name, size in sizes.items()}
