"""The typed graph: nodes with structural identities over networkx, and what is measured on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from w2sdl.kinds import Kind
from w2sdl.needs import Needs, Request, Retry

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Node:
    """One computation. ``params`` are complete; ``key_params`` leave out defaults and neutral ones.

    ``inputs`` name other nodes by id, per port, in order. ``sources`` are the parameters that name a
    file or a repository (parameter -> "file" | "folder" | "model" | "dataset").
    """

    id: str
    op: str
    version: int
    params: Mapping[str, Any]
    key_params: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, str]
    kind: Kind
    inline: bool
    needs: Needs
    wants_gpu: bool  #: it runs on a GPU where there is one; `needs` may demand one
    name: str  #: the binding it belongs to, or the text of an unnamed call
    point: Mapping[str, str]  #: axis -> name of the point, for the axes it varies over
    address: str  #: `S'[evidence=debate, seed=2]`
    aliases: tuple[str, ...] = ()  #: addresses of equal nodes that were merged into this one
    line: int = 0
    written: str = ""  #: the operation as spelled in the spec (Φ, facilitate, ...)
    retry: Retry | None = None  #: None where nothing is said: the default policy
    timeout: float | None = None  #: seconds that one try may take
    environment: tuple[str, ...] = ()  #: packages whose version is in the key

    @property
    def cpus(self) -> int:
        """Processors that it asks for, and threads that it may use."""
        return self.needs.cpu

    @property
    def request(self) -> Request:
        """All that is said of how it is run."""
        return Request(self.needs, self.retry, self.timeout)

    def parents(self) -> Iterator[str]:
        """Ids of all input nodes, with repetitions."""
        for ids in self.inputs.values():
            yield from ids


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a measure: what it is of, at which point, and the Metric node that holds it."""

    of: str  #: text of the predictor measured, "" for measures of several (pgr)
    point: Mapping[str, str]
    node: str


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """A measure: all its cells. ``arguments`` is port -> text as written."""

    name: str
    op: str
    on: str  #: the part measured, as written: "sciq.test"
    dims: tuple[str, ...]
    over: tuple[str, ...]
    arguments: Mapping[str, str]
    cells: tuple[Cell, ...]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AxisInfo:
    """An axis: its points in order, and each point as text."""

    name: str
    points: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """An ``expect``: its text and its expression tree in JSON form (see `w2sdl.program`)."""

    name: str
    text: str
    tree: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class BindingInfo:
    """A named binding for readers of a report: its text, kind, role and axes."""

    name: str
    kind: str
    role: str  #: "weak" | "strong" | "data" | ""
    text: str
    dims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excused:
    """A broken rule that the spec allows, with its reason: the report prints it."""

    rule: str
    reason: str
    what: str  #: the message that would have been an error
    declaration: str


@dataclass(frozen=True, slots=True)
class ExtraGold:
    """Gold of other rows than a student's own, which is legal, and how it gets there."""

    student: str
    part: str
    channel: str
    path: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Two parts of different data sets that may share no row: one teaches what the other measures.

    With a ``student``, gold of the first reaches this student, who learns from weak labels of the second.
    """

    taught: tuple[str, str]  #: id of the node that makes the data set, and its part
    measured: tuple[str, str]
    texts: tuple[str, str]  #: as the spec calls them
    student: str = ""  #: its name


@dataclass(frozen=True, slots=True)
class Validity:
    """What the rules say of a design."""

    excused: tuple[Excused, ...] = ()
    extra_gold: tuple[ExtraGold, ...] = ()
    controls: tuple[str, ...] = ()  #: names of nodes that read gold on purpose
    apart: tuple[Apart, ...] = ()  #: to be looked at when the rows are there (R8)
    budgets: tuple[str, ...] = ()  #: how the training of a student differs from its ceiling's (R5)
    controls_at: tuple[str, ...] = ()  #: the same with their points: "S'[setting: explicit]"


@dataclass(frozen=True, slots=True)
class Graph:
    """All nodes, in an order in which parents come first, with what is measured and expected."""

    experiment: str
    description: str
    nodes: Mapping[str, Node]
    axes: tuple[AxisInfo, ...]
    bindings: tuple[BindingInfo, ...]
    measures: tuple[MeasureTable, ...]
    expectations: tuple[Expectation, ...]
    validity: Validity = field(default_factory=Validity)
    baseline: Mapping[str, str] = field(default_factory=dict)
    """What numbers are compared with: points by axis, and under "of" a measured thing."""

    def network(self) -> nx.MultiDiGraph[str]:
        """The same graph for networkx: node ids, with the `Node` as attribute ``node``, ports on edges."""
        import networkx as nx  # a tenth of a second that `check` need not wait for

        network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self.nodes.values():
            network.add_node(node.id, node=node)
        for node in self.nodes.values():
            for port, parents in node.inputs.items():
                for position, parent in enumerate(parents):
                    network.add_edge(parent, node.id, port=port, position=position)
        return network

    def order(self) -> Sequence[Node]:
        """Nodes with parents first (the order of ``nodes`` is kept stable)."""
        return tuple(self.nodes.values())


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """The graph as JSON, for plans, run records and other tools.

    ``order`` says in which order nodes come, since writers may sort the names of an object.
    """
    return {**asdict(graph), "order": list(graph.nodes)}


def graph_from_json(record: Mapping[str, Any]) -> Graph:
    """The inverse of `graph_to_json`."""
    nodes = {id_: _node_from_json(record["nodes"][id_]) for id_ in record["order"]}
    return Graph(
        record["experiment"],
        record["description"],
        nodes,
        tuple(AxisInfo(a["name"], tuple(a["points"]), tuple(a["texts"])) for a in record["axes"]),
        tuple(BindingInfo(**{**b, "dims": tuple(b["dims"])}) for b in record["bindings"]),
        tuple(_measure_from_json(measure) for measure in record["measures"]),
        tuple(Expectation(**expectation) for expectation in record["expectations"]),
        _validity_from_json(record.get("validity", {})),
        dict(record.get("baseline", {})),
    )


def _validity_from_json(record: Mapping[str, Any]) -> Validity:
    return Validity(
        tuple(Excused(**one) for one in record.get("excused", ())),
        tuple(ExtraGold(**one) for one in record.get("extra_gold", ())),
        tuple(record.get("controls", ())),
        tuple(
            Apart(
                tuple(one["taught"]),
                tuple(one["measured"]),
                tuple(one["texts"]),
                one.get("student", ""),
            )
            for one in record.get("apart", ())
        ),
        tuple(record.get("budgets", ())),
        tuple(record.get("controls_at", ())),
    )


def _node_from_json(record: Mapping[str, Any]) -> Node:
    inputs = {port: tuple(ids) for port, ids in record["inputs"].items()}
    fixed = {
        "inputs": inputs,
        "kind": Kind(record["kind"]),
        "aliases": tuple(record["aliases"]),
        "environment": tuple(record.get("environment", ())),
    }
    known = {name: value for name, value in record.items() if name != "cpus"}
    retry = record.get("retry")
    how = {
        # Graphs of w2sdl 0.2 and before say `cpus` only.
        "needs": Needs.from_json(record.get("needs") or {"cpu": record.get("cpus", 1)}),
        "retry": None if retry is None else Retry.from_json(retry),
    }
    return Node(**{**known, **fixed, **how})


def _measure_from_json(record: Mapping[str, Any]) -> MeasureTable:
    cells = tuple(Cell(**cell) for cell in record["cells"])
    fixed = {"cells": cells, "dims": tuple(record["dims"]), "over": tuple(record["over"])}
    return MeasureTable(**{**record, **fixed})
