"""Where the numbers of one side of a comparison come from: a graph, and what became of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from w2sdl.graph import Graph
from w2sdl.replication import Replication, replication
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.runs.loaded_run import LoadedRun
from w2sdl_runtime.storage.store import Store


@dataclass(frozen=True)
class Source:
    """One side: how it is called, its graph, its results, and the command that makes what is missing."""

    name: str
    graph: Graph
    results: Results
    command: str
    #: of each metric by its operation's name, whether "higher" or "lower" is better; else neither is
    better: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_run(cls, name: str, run: LoadedRun, graph: Graph, store: Store, command: str) -> Source:
        """The results of a run, those of nodes that failed among them, with the reason."""
        nodes = {id_: entry.model_dump(mode="json") for id_, entry in run.nodes.items()}
        return cls(name, graph, Results(graph, nodes, store), command)

    @classmethod
    def of_digests(
        cls, name: str, graph: Graph, digests: Mapping[str, str], store: Store, command: str
    ) -> Source:
        """What a store has of a graph: ``digests`` by node id, of those that are there."""
        nodes: dict[str, dict[str, Any]] = {
            id_: {"digest": digests[id_], "action": "reused"}
            if id_ in digests
            else {"digest": "", "action": "skipped", "because": "the store has no result of it"}
            for id_ in graph.nodes
        }
        return cls(name, graph, Results(graph, nodes, store), command)

    @cached_property
    def repeated(self) -> Replication:
        """Which axes repeat the experiment."""
        return replication(self.graph)

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """The measured numbers that are not there, each with the reason."""
        ids = dict.fromkeys(cell.node for table in self.graph.measures for cell in table.cells)
        absent = [id_ for id_ in ids if not self.digest(id_)]
        return tuple(
            found for id_ in absent if isinstance(found := self.results.metric(id_), Missing)
        )

    @property
    def lacks(self) -> str:
        """How many numbers are not there, why, and the command that makes them; "" where all are."""
        return f"{self.lacking}; `{self.command}` makes them" if self.lacking else ""

    @property
    def lacking(self) -> str:
        """How many numbers are not there, and why; "" where all are."""
        if not self.missing:
            return ""
        whys = list(dict.fromkeys(one.why for one in self.missing))
        more = f" (and {len(whys) - 1} other reasons)" if len(whys) > 1 else ""
        return f"{self.name} lacks {len(self.missing)} of {self.measured} numbers: {whys[0]}{more}"

    @property
    def measured(self) -> int:
        """How many numbers the design asks for."""
        return len({cell.node for table in self.graph.measures for cell in table.cells})

    def digest(self, node: str) -> str:
        """Of the result of a node, "" where there is none."""
        return str(self.results.nodes.get(node, {}).get("digest") or "")
