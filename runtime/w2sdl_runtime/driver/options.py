"""How a graph is to be run, and how its run ended: what goes into the driver and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from w2sdl.budget import Budget
from w2sdl.graph import Node
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.confinement import Confinement
from w2sdl_runtime.runs.run_record import NodeEntry, Status
from w2sdl_runtime.worker.protocol import Failure

BackendFactory = Callable[[], Backend]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run; nothing in here changes a result."""

    base: Path  #: the folder of the spec
    modules: tuple[str, ...] = ()  #: with the user's operations
    lock: Mapping[str, str] = field(default_factory=dict)  #: hub repository -> commit
    device: str = "auto"  #: "auto" (a GPU where there is one), "cpu" or "cuda"
    keep_going: bool = False  #: a failure stops only what depends on it
    force: frozenset[str] = frozenset()  #: ids of nodes to compute although they are stored
    fresh: bool = False  #: compute all nodes
    only: frozenset[str] | None = None  #: ids of the nodes to compute; None for all
    commit_every: float = 60.0  #: seconds between two commits inside a long node
    confinement: Confinement | None = None  #: which files the spec may name; None for any
    budget: Budget | None = None  #: what this run may spend before nothing more is begun

    def asks_for(self, node: Node) -> bool:
        """Whether a node is to be computed although it is stored."""
        return self.fresh or node.id in self.force

    def leaves_out(self, node: Node) -> bool:
        """Whether a node is not to be computed although it is not stored."""
        return self.only is not None and node.id not in self.only


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. ``failures`` are in the order they happened."""

    run: str
    folder: Path
    status: Status
    counts: Mapping[str, int]
    nodes: Mapping[str, NodeEntry]
    failures: Sequence[tuple[Node, Failure]]
    seconds: float
    signal: int = 0  #: the signal that ended it, if one did
