"""The design behind the nodes: which binding feeds which, and with what.

Unnamed calls (`label(supervisor, sciq.transfer)`) are folded into the arrow between the bindings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from w2sdl.graph import BindingInfo, Graph, Node
from w2sdl.kinds import Kind

#: What an arrow can carry, in the order of legends.
FLOWS = (
    "text",
    "weights",
    "evidence",
    "gold labels",
    "weak labels",
    "scores",
    "measured",
)


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow of the design: what reaches ``target`` from ``source``."""

    source: str
    target: str
    what: str  #: one of `FLOWS`


@dataclass(frozen=True, slots=True)
class Design:
    """Bindings that have nodes, in the order of the spec, and the flows between them."""

    bindings: tuple[BindingInfo, ...]
    flows: tuple[Flow, ...]
    measured: tuple[Flow, ...]  #: what reaches each measure
    examples: Mapping[str, Node]  #: one node of each binding
    counts: Mapping[str, int]  #: nodes of each binding


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
    return Design(bindings, tuple(flows), tuple(_measured(graph, sources)), examples, counts)


def _measured(graph: Graph, sources: Mapping[str, frozenset[tuple[str, str]]]) -> dict[Flow, None]:
    """Predictions that a measure compares, and the gold labels that it compares them with."""
    return {
        Flow(source, table.name, what if what == "gold labels" else "measured"): None
        for table in graph.measures
        for cell in table.cells
        for source, what in sorted(sources.get(cell.node, ()))
        if what != "text"
    }


def flow_of(graph: Graph, sorts: dict[str, str], node: Node) -> str:
    """What one node gives to the next, where every node is drawn; ``sorts`` keeps what was found.

    Labels made of gold labels (refined, filtered) are gold labels still.
    """
    if node.id not in sorts:
        parents = [graph.nodes[p] for p in node.parents() if p in graph.nodes]
        labels = {flow_of(graph, sorts, p) for p in parents if p.kind is Kind.LABELS}
        if node.kind is not Kind.LABELS:
            sorts[node.id] = _BY_KIND[node.kind]
        else:
            gold = node.op == "gold" or "gold labels" in labels
            sorts[node.id] = "gold labels" if gold else "weak labels"
    return sorts[node.id]


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
