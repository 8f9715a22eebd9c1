"""What runs now, how fast, and how long the rest may take: the state behind bars and plain lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from w2sdl.durations import format_seconds
from w2sdl.graph import Graph, Node
from w2sdl.wording import facts_text

_KEPT = 200  #: nodes that other processes are told of
_MARKS = 20  #: progress reports that a rate is taken over: ten seconds of them, as workers report

Estimate = Callable[[Node], float | None]


@dataclass(slots=True)
class Busy:
    """A node that runs, with its last reports of progress."""

    address: str
    since: float
    done: int = 0
    total: int = 0
    unit: str = ""
    facts: Mapping[str, float | str] = field(default_factory=dict)
    marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_MARKS))

    def report(self, now: float, done: int, total: int, unit: str) -> None:
        """Take a report. Another unit, or a step back, begins a new phase with a rate of its own."""
        if (total, unit) != (self.total, self.unit) or done < self.done:
            self.marks.clear()
        self.done, self.total, self.unit = done, total, unit
        self.marks.append((now, done))

    @property
    def rate(self) -> float | None:
        """Steps a second lately.

        The first report is only where counting starts: a training that resumes begins in the middle.
        """
        if len(self.marks) < 2:
            return None
        (begin, first), (end, last) = self.marks[0], self.marks[-1]
        return (last - first) / (end - begin) if last > first and end > begin else None

    @property
    def left(self) -> float | None:
        """Seconds until its own steps are done, where their pace is known."""
        return (self.total - self.done) / self.rate if self.rate and self.total else None


def progress_text(busy: Busy, now: float) -> str:
    """``120/400 steps 45.1/s, 6.2 s left  loss 0.51``; before any report, the time it took so far."""
    if not busy.total:
        return format_seconds(now - busy.since)
    pace = format_seconds(now - busy.since)
    if busy.rate is not None and busy.left is not None:
        pace = f"{busy.rate:.3g}/s, {format_seconds(busy.left)} left"
    return f"{busy.done}/{busy.total} {busy.unit} {pace}  {facts_text(busy.facts)}".rstrip()


class Board:
    """All nodes of a run: which are settled, which run, which wait for another run.

    ``estimate`` gives the seconds that a node took in earlier runs, or None.
    """

    def __init__(self, graph: Graph, estimate: Estimate | None = None) -> None:
        self.total = len(graph.nodes)
        self.busy: dict[str, Busy] = {}
        self.waiting: dict[str, tuple[str, str]] = {}  #: node -> its address, and for whom
        self.budget = ""  #: how much of it is spent, in words
        self._settled: set[str] = set()
        self._peak = 1
        self._seconds = {n.id: estimate(n) if estimate else None for n in graph.nodes.values()}
        self._unknown = sum(seconds is None for seconds in self._seconds.values())
        self._work = sum(seconds or 0.0 for seconds in self._seconds.values())
        self._paths = _paths(graph, self._seconds)
        self._longest = deque(sorted(self._paths, key=self._paths.__getitem__, reverse=True))

    @property
    def done(self) -> int:
        """How many nodes need nothing more."""
        return len(self._settled)

    def start(self, node: str, address: str, now: float) -> None:
        self.waiting.pop(node, None)
        self.busy[node] = Busy(address, now)
        self._peak = max(self._peak, len(self.busy))

    def stop(self, node: str) -> None:
        """It runs no longer, and is not settled: it will be tried again."""
        self.busy.pop(node, None)
        self.waiting.pop(node, None)

    def settle(self, node: str) -> bool:
        """It needs nothing more; False where that was so before."""
        self.stop(node)
        if node in self._settled:
            return False
        self._settled.add(node)
        seconds = self._seconds[node]
        self._unknown -= seconds is None
        self._work -= seconds or 0.0
        return True

    def longest_running(self) -> Sequence[Busy]:
        """What runs, those that began first at the front."""
        return sorted(self.busy.values(), key=lambda busy: busy.since)

    def left(self, now: float) -> float | None:
        """Seconds until the run ends; None where a node is left that never ran before.

        As many nodes are taken to run at once as did so far; a chain takes as long as it is.
        """
        if self._unknown:
            return None
        spent = sum(self._gained(node, now) for node in self.busy)
        while self._longest and self._longest[0] in self._settled:
            self._longest.popleft()
        chain = max((self._chain(node, now) for node in self._heads()), default=0.0)
        return max((self._work - spent) / self._peak, chain)

    def to_json(self, now: float, clock: float) -> dict[str, Any]:
        """Rates and time left for other processes; ``clock`` is the time of day at ``now``."""
        running = sorted(self.busy.items(), key=lambda one: one[1].since)[:_KEPT]
        nodes = {
            id_: {"rate": b.rate, "left": b.left, "since": clock - (now - b.since)}
            for id_, b in running
        }
        return {"time": clock, "left": self.left(now), "budget": self.budget, "nodes": nodes}

    def _heads(self) -> Iterator[str]:
        yield from self.busy
        yield from ([self._longest[0]] if self._longest else [])

    def _chain(self, node: str, now: float) -> float:
        return self._paths[node] - self._gained(node, now)

    def _gained(self, node: str, now: float) -> float:
        """How much of a node's estimate is behind it."""
        busy, seconds = self.busy.get(node), self._seconds[node] or 0.0
        if busy is None:
            return 0.0
        if busy.left is not None:
            return seconds - busy.left
        return min(now - busy.since, seconds)


def _paths(graph: Graph, seconds: Mapping[str, float | None]) -> dict[str, float]:
    """Seconds from the start of each node to the end of the longest chain that begins with it."""
    below: dict[str, float] = dict.fromkeys(graph.nodes, 0.0)
    paths: dict[str, float] = {}
    for node in reversed(graph.order()):
        paths[node.id] = (seconds[node.id] or 0.0) + below[node.id]
        for parent in node.parents():
            below[parent] = max(below[parent], paths[node.id])
    return paths
