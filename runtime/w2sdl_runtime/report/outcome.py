"""How a run went, node by node and in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any

from w2sdl.graph import Graph
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.tables import Table

#: Nodes in the node table; of larger runs, failed ones come first and the rest is counted.
NODES_SHOWN = 2_000
#: Failed nodes at the top of the page.
FAILED_SHOWN = 20
#: What can become of a node.
ACTIONS = ("executed", "reused", "failed", "skipped")

_STATUS = {"done": "complete", "running": "not finished"}


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How the run ended: in a ``word``, nodes without a result, and nodes by what became of them.

    ``took`` is the seconds from its start to its end, as `w2sdl show` has them; None of a run that goes
    on, or was killed at a time that nobody knows.
    """

    word: str
    absent: int
    counts: Mapping[str, int]
    took: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run that goes on has come."""

    done: int  #: nodes with a result
    total: int
    states: tuple[tuple[str, int], ...]  #: "running", "failed" ... and how many nodes are
    running: tuple[
        tuple[str, str], ...
    ]  #: addresses of nodes, and how far each is: "40 of 100 steps"
    written: str  #: when this was so
    refresh: int = 0  #: seconds after which a browser loads the page again; 0 for never


@dataclass(frozen=True, slots=True)
class NodeRow:
    """What happened to one node. ``seconds`` and ``attempts`` are None where nothing did."""

    place: str  #: its id in the page
    address: str
    op: str
    action: str
    seconds: float | None
    attempts: int | None
    key: str
    log: str
    error: str
    help: str = ""  #: what to do about a failure


@dataclass(slots=True)
class Totals:
    """Nodes by what became of them; seconds that computing them took, and that reuse saved."""

    nodes: int = 0
    seconds: float = 0.0
    saved: float = 0.0
    executed: int = 0
    reused: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one node by its entry of ``nodes.json``; {} for one that was never tried."""
        self.nodes += 1
        seconds = float(record.get("seconds") or 0)
        if (action := record.get("action")) in ACTIONS:
            setattr(self, action, getattr(self, action) + 1)
        if action == "reused":
            self.saved += seconds
        else:
            self.seconds += seconds

    @property
    def became(self) -> str:
        """What became of the nodes: "3 executed, 1 failed"."""
        known = [f"{count:,} {word}" for word in ACTIONS if (count := getattr(self, word))]
        rest = self.nodes - sum(getattr(self, word) for word in ACTIONS)
        return ", ".join([*known, f"{rest:,} not run"] if rest else known)


@dataclass(slots=True)
class OperationTotal(Totals):
    """The nodes of one operation."""

    op: str = ""


def status_of(run: Mapping[str, Any], graph: Graph, nodes: Mapping[str, Any]) -> RunStatus:
    """How the run ended, how many results it lacks, and where its nodes came from."""
    counts = {name: int((run.get("counts") or {}).get(name, 0)) for name in ACTIONS}
    word = str(run.get("status") or "unknown")
    here = sum(bool((nodes.get(node) or {}).get("digest")) for node in graph.nodes)
    if word == "incomplete":
        word = f"incomplete: the budget of {run.get('budget')} was reached"
    return RunStatus(_STATUS.get(word, word), len(graph.nodes) - here, counts, _took(run))


def _took(run: Mapping[str, Any]) -> float | None:
    started, ended = run.get("started"), run.get("ended")
    if not started or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def node_rows(graph: Graph, nodes: Mapping[str, Any], results: Results) -> list[NodeRow]:
    """What happened to each node of the graph."""
    rows = []
    for node in graph.order():
        record = nodes.get(node.id) or {}
        action = results.action(node.id) or "not run"
        tried = (record.get("seconds"), record.get("attempts"))
        help_ = str((record.get("error") or {}).get("help") or "")
        told = (results.key(node.id), record.get("log") or "", results.error(node.id), help_)
        rows.append(NodeRow(f"n-{node.id[:12]}", node.address, node.op, action, *tried, *told))
    if len(rows) > NODES_SHOWN:
        rows.sort(key=lambda row: row.action in ("executed", "reused"))
    return rows[:NODES_SHOWN]


def operation_totals(graph: Graph, nodes: Mapping[str, Any]) -> list[OperationTotal]:
    """Totals by operation, most time first."""
    totals: dict[str, OperationTotal] = {}
    for node in graph.order():
        total = totals.setdefault(node.op, OperationTotal(op=node.op))
        total.add(nodes.get(node.id) or {})
    return sorted(totals.values(), key=lambda total: -total.seconds - total.saved)


def operation_warnings(graph: Graph, nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What operations warned of, each once for all nodes of a binding: (name, warning)."""
    found = [
        (node.name, str(warning))
        for node in graph.nodes.values()
        for warning in (nodes.get(node.id) or {}).get("warnings", ())
    ]
    return list(dict.fromkeys(found))


def row_errors(tables: Sequence[Table]) -> list[tuple[str, int, float]]:
    """Measured parts, their rows, and the standard error that these allow an accuracy of 50 %."""
    found = {
        (table.on, figure.n): sqrt(0.25 / figure.n)
        for table in tables
        for column in table.columns
        for figure in column.figures.values()
        if figure.n and not column.part and figure.unit == "share"
    }
    return [(on, n, error) for (on, n), error in found.items()]
