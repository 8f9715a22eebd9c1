"""The graph as the spec writes it: a box for each binding, unnamed calls folded into the arrows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from w2sdl.draw.chart import Arrow, Box, Chart, Row, Status
from w2sdl.draw.design import Design, Flow, design_of
from w2sdl.graph import Graph, MeasureTable
from w2sdl.roles import Roles, find_roles


def chart_as_written(graph: Graph, status: Status | None = None) -> Chart:
    """A box for each binding and, at the right end, for each measure."""
    design = design_of(graph)
    boxes = (*_bindings(graph, design, find_roles(graph)), *_measures(graph))
    return _chart(graph, boxes, [*design.flows, *design.measured], status)


def chart_of_design(graph: Graph, design: Design, roles: Roles) -> Chart:
    """The bindings alone, where a page shows what was measured elsewhere."""
    return _chart(graph, tuple(_bindings(graph, design, roles)), design.flows, None)


def _chart(
    graph: Graph, boxes: Sequence[Box], flows: Sequence[Flow], status: Status | None
) -> Chart:
    ids = {box.name: box.id for box in boxes}
    arrows = [
        Arrow(ids[f.source], ids[f.target], f.what) for f in worth_drawing(flows) if f.source in ids
    ]
    return Chart(graph, False, tuple(boxes), tuple(arrows), status or {})


def _bindings(graph: Graph, design: Design, roles: Roles) -> Iterator[Box]:
    nodes: dict[str, list[str]] = {}
    also: dict[str, dict[str, None]] = {}
    for node in graph.order():
        nodes.setdefault(node.name, []).append(node.id)
        also.setdefault(node.name, {}).update(dict.fromkeys(node.aliases))
    for number, binding in enumerate(design.bindings):
        example, role = design.examples[binding.name], roles.of(binding.name)
        yield Box(
            id=f"n{number}",
            name=binding.name,
            operation=example.written or example.op,
            part=part_of(binding.name, role, graph),
            family=roles.family(binding.name),
            axes=binding.dims,
            text=binding.text,
            line=example.line,
            rows=(Row("", tuple(nodes[binding.name])),),
            also=tuple(also[binding.name]),
        )


def part_of(name: str, role: str, graph: Graph) -> str:
    """What a binding plays, in a word."""
    if role == "other":
        return "control" if name in graph.validity.controls else ""
    return role


def _measures(graph: Graph) -> Iterator[Box]:
    for number, table in enumerate(graph.measures):
        nodes = tuple(dict.fromkeys(c.node for c in table.cells if c.node in graph.nodes))
        if not nodes:
            continue
        yield Box(
            id=f"m{number}",
            name=table.name,
            operation=table.op,
            part="measure",
            family="measure",
            axes=table.dims,
            text=measure_text(table),
            line=graph.nodes[nodes[0]].line,
            rows=(Row("", nodes),),
        )


def measure_text(table: MeasureTable) -> str:
    """``accuracy(S', ceiling) on sciq.test``."""
    over = [f"over: {', '.join(table.over)}"] if table.over else []
    return f"{table.op}({', '.join([*table.arguments.values(), *over])}) on {table.on}"


def worth_drawing(flows: Sequence[Flow]) -> list[Flow]:
    """Flows worth an arrow: no loops, and no plain text where labels come from the same place."""
    labelled = {(flow.source, flow.target) for flow in flows if flow.what != "text"}
    return [
        flow
        for flow in dict.fromkeys(flows)
        if flow.source != flow.target
        and not (flow.what == "text" and (flow.source, flow.target) in labelled)
    ]
