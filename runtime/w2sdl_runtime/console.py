"""Shows a run on the terminal: live bars where there is one, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from w2sdl.graph import Graph
from w2sdl_runtime import events

SHORT = 0.5  #: seconds; nodes that took less are only counted in the line of their group
_SHOWN = 8  #: running nodes, or names, shown at a time
_TAIL = 8  #: lines of a failed attempt's log


@dataclass(slots=True)
class _Busy:
    """A node that runs."""

    address: str
    since: float = 0.0
    done: int = 0
    total: int = 0
    unit: str = ""
    facts: Mapping[str, float | str] = field(default_factory=dict)

    def text(self, now: float) -> str:
        """Rate and time left, where the operation reports progress."""
        spent = now - self.since
        if not self.total or not self.done or spent <= 0:
            return format_seconds(spent)
        rate = self.done / spent
        left = (self.total - self.done) / rate
        facts = " ".join(
            f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in self.facts.items()
        )
        pace = f"{rate:.3g}/s, {format_seconds(left)} left"
        return f"{self.done}/{self.total} {self.unit} {pace}  {facts}".rstrip()


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

    Args:
        graph: the graph that runs.
        stream: where to write; live bars need a terminal.
        quiet: only failures are shown.
    """

    def __init__(self, graph: Graph, stream: TextIO, quiet: bool = False) -> None:
        # rich obeys NO_COLOR itself.
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._nodes = graph.nodes
        self._groups = _groups(graph)
        self._busy: dict[str, _Busy] = {}
        self._decided: set[str] = set()
        self._warned: set[tuple[str, str]] = set()
        self._skipped: dict[str, Counter[str]] = {}  # reason -> nodes by name
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._bar.add_task(graph.experiment, total=len(graph.nodes))
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._live = Live(
                get_renderable=self._render,
                console=self._console,
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.NodeStarted(node, address):
                self._busy[node] = _Busy(address, time.monotonic())
            case events.NodeProgress(node, address, done, total, unit, facts):
                since = self._busy[node].since if node in self._busy else time.monotonic()
                self._busy[node] = _Busy(address, since, done, total, unit, facts)
            case events.NodeFinished():
                self._settle(event.node, "computed", event.seconds)
                self._say_warnings(event)
            case events.NodeReused():
                self._settle(event.node, "reused", 0.0)
                self._say_warnings(event)
            case events.NodeRetried():
                self._busy.pop(event.node, None)
                self._say(f"retry  {event.address}: {event.message}", "yellow")
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
        self._busy.pop(id_, None)
        if id_ in self._decided:
            return  # made again for an object that had gone bad
        self._decided.add(id_)
        self._bar.advance(self._task)
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
        parts = [f"{count} {how}" for how, count in event.counts.items() if count]
        spent = format_seconds(event.seconds)
        style = {"done": "green", "failed": "red"}.get(event.status, "yellow")
        self._say(f"{event.status} in {spent}: {', '.join(parts)} ({event.run})", style)

    def _say(self, text: str, style: str = "", always: bool = False) -> None:
        if not self._quiet or always:
            self._console.print(Text(text, style=style))

    # -- live --------------------------------------------------------------------------------------

    def _render(self) -> RenderableType:
        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        running = sorted(self._busy.values(), key=lambda busy: busy.since)
        for busy in running[:_SHOWN]:
            table.add_row(Text(busy.address), Text(busy.text(now), style="dim"))
        if len(running) > _SHOWN:
            table.add_row(Text(f"and {len(running) - _SHOWN} more"), Text(""))
        return Group(table, self._bar)


def _groups(graph: Graph) -> dict[str, _Group]:
    sizes = Counter(node.name for node in graph.nodes.values())
    return {name: _Group(name, size) for name, size in sizes.items()}


def format_seconds(seconds: float) -> str:
    """Seconds as people write them: 0.3 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
