"""The graph node by node: a box for each name, holding a mark for each node; seeds stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from w2sdl.draw.chart import Arrow, Box, Chart, Row, Status
from w2sdl.draw.design import flow_of
from w2sdl.draw.written import measure_text, part_of
from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.replication import replication
from w2sdl.roles import find_roles

#: Rows that a box may have; axes beyond that are folded into the rows.
MAX_ROWS = 12


def chart_resolved(graph: Graph, status: Status | None = None) -> Chart:
    """A box for each binding, each unnamed call and each measure, with every node of it."""
    cells = {cell.node: (table, cell.of) for table in graph.measures for cell in table.cells}
    groups: dict[str, list[Node]] = {}
    for node in graph.order():
        name = cells[node.id][0].name if node.id in cells else node.name
        groups.setdefault(name, []).append(node)
    making = _Making(graph, {id_: of for id_, (_, of) in cells.items()})
    boxes = [making.box(f"n{i}", name, nodes) for i, (name, nodes) in enumerate(groups.items())]
    ids = {node: box.id for box in boxes for node in box.nodes}
    return Chart(graph, True, tuple(boxes), tuple(_arrows(graph, ids)), status or {})


class _Making:
    """What the boxes of one graph have in common."""

    def __init__(self, graph: Graph, measured: Mapping[str, str]) -> None:
        self.graph = graph
        self.measured = measured  #: what each node of a measure is of
        self.named = {binding.name: binding.text for binding in graph.bindings}
        self.measures = {table.name: table for table in graph.measures}
        self.roles = find_roles(graph)
        self.repeated = replication(graph).axes
        self.sizes = {axis.name: len(axis.points) for axis in graph.axes}

    def box(self, id_: str, name: str, nodes: Sequence[Node]) -> Box:
        axes = tuple(axis for axis in self.sizes if any(axis in node.point for node in nodes))
        table = self.measures.get(name)
        text = measure_text(table) if table else self.named.get(name, "")
        return Box(
            id=id_,
            name=name,
            operation=nodes[0].written or nodes[0].op,
            part="measure" if table else self._part(name),
            family="measure" if table else self.roles.family(name),
            axes=axes,
            text=text,
            line=nodes[0].line,
            rows=self._rows(nodes, self._shown(axes)),
            is_named=bool(text),
            also=tuple(dict.fromkeys(alias for node in nodes for alias in node.aliases)),
        )

    def _part(self, name: str) -> str:
        return part_of(name, self.roles.of(name), self.graph) if name in self.named else ""

    def _shown(self, axes: Sequence[str]) -> tuple[str, ...]:
        """The first axes that vary the design, as many as make no more than `MAX_ROWS` rows."""
        design = [axis for axis in axes if axis not in self.repeated]
        for count in range(len(design), 0, -1):
            if prod(self.sizes[axis] for axis in design[:count]) <= MAX_ROWS:
                return tuple(design[:count])
        return ()

    def _rows(self, nodes: Iterable[Node], shown: tuple[str, ...]) -> tuple[Row, ...]:
        rows: dict[str, list[str]] = {}
        for node in nodes:
            of = self.measured.get(node.id, "")
            point = ", ".join(node.point[axis] for axis in shown if axis in node.point)
            rows.setdefault(": ".join(text for text in (of, point) if text), []).append(node.id)
        return tuple(Row(label, tuple(ids)) for label, ids in rows.items())


def _arrows(graph: Graph, ids: Mapping[str, str]) -> list[Arrow]:
    """One arrow between two boxes for each thing that is carried, with the ports it arrives at."""
    ports: dict[tuple[str, str, str], dict[str, None]] = {}
    sorts: dict[str, str] = {}
    for node in graph.order():
        for port, parents in node.inputs.items():
            for parent in dict.fromkeys(parents):
                if parent not in graph.nodes:
                    continue
                what = flow_of(graph, sorts, graph.nodes[parent])
                if node.kind is Kind.METRIC and what == "weak labels":
                    what = "measured"
                key = (ids[parent], ids[node.id], what)
                ports.setdefault(key, {})[port] = None
    return [
        Arrow(source, target, what, tuple(names))
        for (source, target, what), names in ports.items()
        if source != target
    ]
