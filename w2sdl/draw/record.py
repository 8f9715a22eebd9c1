"""A chart as JSON for other tools: structure only, no geometry. `docs/graph.md` describes the fields."""

from __future__ import annotations

from typing import Any

from w2sdl.draw.chart import STATUS_WORDS, Arrow, Box, Chart, status_word
from w2sdl.graph import Graph, Node
from w2sdl.replication import replication

#: Raised when a field changes its meaning or goes away; new fields may come at any time.
FORMAT = "w2sdl.graph/1"


def chart_record(chart: Chart) -> dict[str, Any]:
    """Axes, boxes and arrows as drawn, and all nodes and edges behind them."""
    graph, repeated = chart.graph, replication(chart.graph).axes
    box_of = {node: box.id for box in chart.boxes for node in box.nodes}
    return {
        "format": FORMAT,
        "experiment": graph.experiment,
        "description": graph.description,
        "view": "resolved" if chart.is_resolved else "as-written",
        "axes": [
            {"name": axis.name, "points": list(axis.points), "repeats": axis.name in repeated}
            for axis in graph.axes
        ],
        "boxes": [_box(box, chart) for box in chart.boxes],
        "arrows": [_arrow(arrow) for arrow in chart.arrows],
        "nodes": [_node(node, chart, box_of) for node in graph.order()],
        "edges": list(_edges(graph)),
    }


def _box(box: Box, chart: Chart) -> dict[str, Any]:
    return {
        "id": box.id,
        "name": box.name,
        "operation": box.operation,
        "part": box.part,
        "family": box.family,
        "named": box.is_named,
        "axes": list(box.axes),
        "definition": box.text,
        "line": box.line,
        "also": list(box.also),
        "status": status_word(box.nodes, chart.status) or None,
        "rows": [{"label": row.label, "nodes": list(row.nodes)} for row in box.rows],
    }


def _arrow(arrow: Arrow) -> dict[str, Any]:
    return {
        "source": arrow.source,
        "target": arrow.target,
        "carries": arrow.what,
        "ports": list(arrow.ports),
    }


def _node(node: Node, chart: Chart, box_of: dict[str, str]) -> dict[str, Any]:
    action = chart.status.get(node.id)
    return {
        "id": node.id,
        "address": node.address,
        "name": node.name,
        "op": node.op,
        "kind": node.kind.value,
        "box": box_of.get(node.id),  # None for an unnamed call of the graph as written
        "point": dict(node.point),
        "status": STATUS_WORDS[action] if action else None,
    }


def _edges(graph: Graph) -> list[dict[str, Any]]:
    return [
        {"source": parent, "target": node.id, "port": port, "position": position}
        for node in graph.order()
        for port, parents in node.inputs.items()
        for position, parent in enumerate(parents)
        if parent in graph.nodes
    ]
