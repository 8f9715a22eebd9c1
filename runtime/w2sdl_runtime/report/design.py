"""The design behind the nodes: which binding feeds which, and with what.

Unnamed calls (`label(supervisor, sciq.transfer)`) are folded into the arrow between the bindings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from w2sdl.graph import BindingInfo, Graph, Node
from w2sdl.kinds import Kind


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow of the design: what reaches ``target`` from ``source``."""

    source: str
    target: str
    what: str  #: "gold labels" | "weak labels" | "evidence" | "weights" | "text" | "scores"


@dataclass(frozen=True, slots=True)
class Design:
    """Bindings that have nodes, in the order of the spec, and the flows between them."""

    bindings: tuple[BindingInfo, ...]
    flows: tuple[Flow, ...]
    examples: Mapping[str, Node]  #: one node of each binding
    counts: Mapping[str, int]  #: nodes of each binding

    def network(self) -> nx.DiGraph[str]:
        """Bindings as a graph without self-loops."""
        network: nx.DiGraph[str] = nx.DiGraph()
        network.add_nodes_from(binding.name for binding in self.bindings)
        network.add_edges_from((f.source, f.target) for f in self.flows if f.source != f.target)
        return network


def design_of(graph: Graph) -> Design:
    """Fold the graph to its bindings."""
    named = {binding.name: binding for binding in graph.bindings}
    examples: dict[str, Node] = {}
    counts: dict[str, int] = {}
    flows: dict[Flow, None] = {}
    sources: dict[str, frozenset[tuple[str, str]]] = {}
    for node in graph.order():
        arriving = frozenset(
            (source, _what(graph.nodes[parent], carried))
            for parent in node.parents()
            if parent in graph.nodes
            for source, carried in sources.get(parent, frozenset())
        )
        if node.name not in named or node.kind is Kind.METRIC:
            sources[node.id] = arriving
            continue
        examples.setdefault(node.name, node)
        counts[node.name] = counts.get(node.name, 0) + 1
        flows |= dict.fromkeys(Flow(source, node.name, what) for source, what in sorted(arriving))
        sources[node.id] = frozenset({(node.name, "")})
    bindings = tuple(b for b in graph.bindings if b.name in examples)
    return Design(bindings, tuple(flows), examples, counts)


_BY_KIND = {
    Kind.TRANSCRIPTS: "evidence",
    Kind.MODEL: "weights",
    Kind.PREDICTOR: "weights",
    Kind.DATA: "text",
    Kind.ITEMS: "text",
    Kind.CORPUS: "text",
    Kind.ACTIVATIONS: "scores",
    Kind.INSTRUMENT: "scores",
    Kind.METRIC: "scores",
}


def _what(parent: Node, carried: str) -> str:
    """What flows out of a node; labels keep who gave them, through refinements.

    Of a labelling node's own inputs, the model gives the labels; the rows stay "text".
    """
    if parent.kind is not Kind.LABELS:
        return _BY_KIND[parent.kind]
    if carried in ("gold labels", "weak labels"):
        return carried
    if parent.op == "gold":
        return "gold labels"
    return "weak labels" if carried in ("weights", "") else "text"
