"""What a terminal or a build log says of a run, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.text import Text

from w2sdl.durations import format_seconds
from w2sdl.graph import Graph
from w2sdl_runtime.console.progress import Board, progress_text
from w2sdl_runtime.driver import events

SHORT = 0.5  #: seconds; nodes that took less are only counted in the line of their group
_SHOWN = 8  #: names shown at a time
_TAIL = 8  #: lines of a failed attempt's log


@dataclass(slots=True)
class _Group:
    """All nodes of one binding."""

    name: str
    size: int
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    shown: int = 0


class Lines:
    """Says what happens to the nodes of a graph, each thing once.

    Args:
        graph: the graph that runs.
        write: takes a line.
        quiet: only failures, warnings and what was skipped are said.
    """

    def __init__(self, graph: Graph, write: Callable[[Text], None], quiet: bool = False) -> None:
        self._write, self._quiet = write, quiet
        self._nodes = graph.nodes
        sizes = Counter(node.name for node in graph.nodes.values())
        self._groups = {name: _Group(name, size) for name, size in sizes.items()}
        self._warned: set[tuple[str, str]] = set()
        self._skipped: dict[str, Counter[str]] = {}  # reason -> nodes by name
        self._holders: set[str] = set()  #: runs that were waited for

    def say(self, text: str, style: str = "", always: bool = False) -> None:
        """A line; where it is quiet, only one that is always said."""
        if always or not self._quiet:
            self._write(Text(text, style=style))

    def settled(self, id_: str, how: str, seconds: float) -> None:
        """Count a node; say so where it took long, or where it was the last of its group."""
        node = self._nodes[id_]
        group = self._groups[node.name]
        group.counts[how] += 1
        group.seconds += seconds
        if how == "computed" and seconds > SHORT:
            group.shown += 1
            self.say(f"{format_seconds(seconds):>7}  {node.address}")
        told = group.shown + group.counts["failed"]  # these have lines of their own
        if group.counts.total() == group.size > told:
            self._say_group(group)

    def _say_group(self, group: _Group) -> None:
        parts = [f"{count} {how}" for how, count in sorted(group.counts.items())]
        time_spent = format_seconds(group.seconds) if group.counts["computed"] else ""
        self.say(f"{time_spent:>7}  {group.name}: {', '.join(parts)}", "dim")

    def waiting(self, event: events.NodeWaiting) -> None:
        """One line for each run that is waited for: the bars name what waits."""
        if event.holder not in self._holders:
            self._holders.add(event.holder)
            self.say(f"waiting for {event.holder}, which computes {event.address}", "yellow")

    def retried(self, event: events.NodeRetried) -> None:
        """Why a try failed, and when the next one comes."""
        after = f", again in {format_seconds(event.after)}" if event.after >= 1 else ""
        self.say(f"retry  {event.address}: {event.message}{after}", "yellow")

    def warnings(self, event: events.NodeFinished | events.NodeReused) -> None:
        """Each warning once for all nodes of a binding."""
        name = self._nodes[event.node].name
        for warning in event.warnings:
            if (name, warning) not in self._warned:
                self._warned.add((name, warning))
                self.say(f"warning {name}: {warning}", "yellow", always=True)

    def failed(self, event: events.NodeFailed) -> None:
        """What failed, what to do, and the end of its log."""
        how = f"error[{event.code}]" if event.code else "failed"
        self.say(f"{how}  {event.address}: {event.message}", "red", always=True)
        if event.help:
            self.say(f"        {event.help}", always=True)
        for line in event.tail.splitlines()[-_TAIL:]:
            self.say(f"        | {line}", "dim", always=True)

    def skipped(self, event: events.NodeSkipped) -> None:
        """Keep what was skipped, to be said together at the end."""
        name = self._nodes[event.node].name
        self._skipped.setdefault(event.because, Counter())[name] += 1

    def ended(self, event: events.RunFinished) -> None:
        """What was skipped and why, and how the run ended."""
        for because, names in self._skipped.items():
            shown = [f"{name} ×{n}" if n > 1 else name for name, n in names.most_common(_SHOWN)]
            rest = len(names) - len(shown)
            more = f" and {rest} more names" if rest else ""
            self.say(f"skipped {', '.join(shown)}{more}: {because}", "yellow", always=True)
        words = {"executed": "computed"}
        parts = [f"{count} {words.get(how, how)}" for how, count in event.counts.items() if count]
        spent = format_seconds(event.seconds)
        style = {"done": "green", "failed": "red"}.get(event.status, "yellow")
        self.say(f"{event.status} in {spent}: {', '.join(parts)} ({event.run})", style)

    def beat(self, board: Board, now: float) -> None:
        """A plain line now and then, for those who read the log of a long run."""
        running = board.longest_running()
        parts = [f"{b.address} {progress_text(b, now)}" for b in running[:_SHOWN]]
        if len(running) > _SHOWN:
            parts.append(f"and {len(running) - _SHOWN} more")
        left = board.left(now)
        rest = f", about {format_seconds(left)} left" if left is not None else ""
        done = f"{board.done}/{board.total} nodes{rest}"
        spent = f" ({board.budget})" if board.budget else ""
        self.say(f"running {done}{spent}: {'; '.join(parts) or 'nothing yet'}", "dim")


def reached_text(budget: str, running: int) -> str:
    """What follows once a budget is spent."""
    if not running:
        return f"budget {budget} reached: nothing more is begun"
    nodes = f"{running} nodes that run" if running > 1 else "the node that runs"
    return f"budget {budget} reached: nothing more is begun; {nodes} will be finished"
