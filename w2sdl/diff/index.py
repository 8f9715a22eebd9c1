"""A graph arranged for comparing: nodes by binding and point, roles, and what each node is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from w2sdl.diff.changes import ChangeClass
from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.signature import Port, Signatures

#: A point as (axis, name of the point) pairs, in the order of the node's axes.
Place = tuple[tuple[str, str], ...]

_MODELS = (Kind.MODEL, Kind.PREDICTOR)


@dataclass(slots=True)
class Group:
    """A binding over all its points: the unit in which two designs are matched.

    ``slots`` hold node ids; two of them may hold one node, where equal nodes were merged.
    """

    name: str
    role: str  #: as declared: "weak" | "strong" | "data" | ""
    kind: Kind
    slots: dict[Place, list[str]] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)  #: declared, and by the ports it stands in

    @property
    def first(self) -> str:
        """The node at the first point."""
        return next(iter(self.slots.values()))[0]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(id_ for ids in self.slots.values() for id_ in ids)

    @property
    def dims(self) -> tuple[str, ...]:
        """The axes that it varies over."""
        return tuple(dict.fromkeys(axis for place in self.slots for axis, _ in place))

    def pairs(self) -> Iterator[tuple[Place, str]]:
        for place, ids in self.slots.items():
            for id_ in ids:
                yield place, id_


class GraphIndex:
    """What comparing asks of one graph; each answer is worked out once."""

    def __init__(self, graph: Graph, signatures: Signatures) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.signatures = signatures
        self.measured = frozenset(cell.node for table in graph.measures for cell in table.cells)
        self.groups = self._groups()
        self.of_node: dict[str, list[str]] = {}  #: names of the groups that hold a node
        for group in self.groups.values():
            for id_ in group.ids:
                self.of_node.setdefault(id_, []).append(group.name)
        #: what follows an axis, by binding and axis: filled by `w2sdl.diff.axes.followers`
        self.followed: dict[tuple[str, str], dict[str, ChangeClass]] = {}
        _find_roles(self)

    # -- bindings ----------------------------------------------------------------------------------

    def _groups(self) -> dict[str, Group]:
        groups = {b.name: Group(b.name, b.role, Kind(b.kind)) for b in self.graph.bindings}
        axes = [axis.name for axis in self.graph.axes]
        inner = {parent for node in self.nodes.values() for parent in node.parents()}
        for node in self.nodes.values():
            if node.name in groups:
                _put(groups[node.name], node.point, node.id)
            elif node.id not in inner and node.id not in self.measured:
                # A result that nothing uses and no name holds: a graph that no spec was written for.
                group = groups.setdefault(node.name, Group(node.name, "", node.kind))
                _put(group, node.point, node.id)
            for alias in node.aliases:
                name, _, inside = alias.partition("[")
                if name in groups:
                    _put(groups[name], _point_of(inside.removesuffix("]"), axes), node.id)
        return {name: group for name, group in groups.items() if group.slots}

    @cached_property
    def roots(self) -> Mapping[str, str]:
        """Bindings without nodes of their own: other names of nodes."""
        return {b.name: b.role for b in self.graph.bindings if b.name not in self.groups}

    # -- ports -------------------------------------------------------------------------------------

    def port(self, node: Node, name: str) -> Port | None:
        """The signature of a port, where the operation is known."""
        op = self.signatures.ops.get(node.op)
        return next((port for port in op.ports if port.name == name), None) if op else None

    def port_role(self, node: Node, name: str) -> str:
        """The role that standing in a port makes: as marked, else the name of a metric's port."""
        port = self.port(node, name)
        if port is None or port.on or port.each:
            return ""
        if port.role:
            return port.role
        return port.name if node.kind is Kind.METRIC else ""

    def on_inputs(self, node: Node) -> tuple[str, ...]:
        """What a metric node takes as the truth of the measured part."""
        return tuple(
            id_
            for name, ids in node.inputs.items()
            if (port := self.port(node, name)) is not None and port.on
            for id_ in ids
        )

    # -- what a node is for ------------------------------------------------------------------------

    @cached_property
    def teaching(self) -> frozenset[str]:
        """Nodes that some model or predictor is made from, and these themselves."""
        found: set[str] = set()
        for node in reversed(self.graph.order()):
            if node.kind in _MODELS or node.id in found:
                found.add(node.id)
                found.update(node.parents())
        return frozenset(found)

    @cached_property
    def yardstick(self) -> frozenset[str]:
        """Data that is measured on: what the gold labels of a measured part were taken from."""
        metrics = [node for node in self.nodes.values() if node.kind is Kind.METRIC]
        if any(node.op not in self.signatures.ops for node in metrics):
            return frozenset(n.id for n in self.nodes.values() if n.kind is Kind.DATA)
        start = {id_ for node in metrics for id_ in self.on_inputs(node)}
        return frozenset(ancestors(self.nodes, start))

    @cached_property
    def reaches(self) -> Mapping[str, int]:
        """For each node the measures that it reaches, a bit for each, in the order of the graph's."""
        masks = dict.fromkeys(self.nodes, 0)
        for bit, table in enumerate(self.graph.measures):
            for cell in table.cells:
                masks[cell.node] |= 1 << bit
        for node in reversed(self.graph.order()):
            for parent in node.parents():
                masks[parent] |= masks[node.id]
        return masks

    def measures_after(self, ids: Iterable[str]) -> frozenset[str]:
        """Names of the measures that any of some nodes reaches."""
        mask = 0
        for id_ in ids:
            mask |= self.reaches.get(id_, 0)
        return frozenset(t.name for bit, t in enumerate(self.graph.measures) if mask >> bit & 1)


def _put(group: Group, point: Mapping[str, str], id_: str) -> None:
    ids = group.slots.setdefault(tuple(point.items()), [])
    if id_ not in ids:
        ids.append(id_)


def _point_of(text: str, axes: list[str]) -> dict[str, str]:
    """``evidence=debate, seed=2`` as a point. Names of points may hold any text but ``, axis=``."""
    if not text:
        return {}
    names = "|".join(re.escape(axis) for axis in sorted(axes, key=len, reverse=True))
    pieces = re.split(f"(?:^|, )({names})=", text)
    return dict(zip(pieces[1::2], pieces[2::2], strict=False))


def ancestors(nodes: Mapping[str, Node], start: Iterable[str]) -> set[str]:
    """Some nodes and all that they are made from."""
    found = set(start)
    todo = list(found)
    while todo:
        for parent in nodes[todo.pop()].parents():
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def _find_roles(index: GraphIndex) -> None:
    """Give every group the roles of its declaration and of the ports that it stands in."""
    for group in index.groups.values():
        if group.role:
            group.roles.add(f"declared {group.role}")
    for node in index.nodes.values():
        if node.kind is not Kind.METRIC and node.id not in index.teaching:
            continue  # labels that are only measured make nobody a supervisor
        for port, ids in node.inputs.items():
            role = index.port_role(node, port)
            if role:
                _give(index, ids, role)


def _give(index: GraphIndex, ids: Iterable[str], role: str) -> None:
    for id_ in ids:
        for name in index.of_node.get(id_, ()):
            index.groups[name].roles.add(role)
        node = index.nodes[id_]
        if node.kind is Kind.LABELS and id_ not in index.of_node:
            makers = [p for p in node.parents() if index.nodes[p].kind in _MODELS]
            _give(index, makers, role)
