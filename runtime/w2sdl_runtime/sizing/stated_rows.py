"""How many rows a node goes through, where the spec says so: parts of data with a number each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind

_ROWS = (Kind.LABELS, Kind.ITEMS, Kind.DATA)


def stated_rows(graph: Graph, node: Node) -> int | None:
    """Items behind the labels or items that a node takes, at most; None where the spec doesn't say.

    A format that makes several rows of a question is not known here: questions are counted.
    """
    found = [
        _rows(graph, graph.nodes[id_])
        for port, ids in node.inputs.items()
        if "." not in port
        for id_ in ids
        if graph.nodes[id_].kind in _ROWS
    ]
    if not found or None in found:
        return None
    return max(filter(None, found), default=None)


def _rows(graph: Graph, node: Node) -> int | None:
    if node.op == "part":
        data = graph.nodes[node.inputs["data"][0]]
        return _of_part(data.params.get("parts"), node.params["name"])
    if node.kind is Kind.DATA:
        parts = node.params.get("parts")
        sizes = [_of_part(parts, name) for name in parts] if isinstance(parts, Mapping) else [None]
        return None if None in sizes else sum(filter(None, sizes))
    above = [graph.nodes[id_] for id_ in node.parents() if graph.nodes[id_].kind in _ROWS]
    found = [_rows(graph, parent) for parent in above]
    if not found or None in found:
        return None
    several = node.op in ("concat", "items")
    return sum(filter(None, found)) if several else max(filter(None, found), default=None)


def _of_part(parts: Any, name: str) -> int | None:
    size = parts.get(name) if isinstance(parts, Mapping) else None
    if isinstance(size, Mapping):
        size = next((value for value in size.values() if isinstance(value, int)), None)
    return size if isinstance(size, int) and not isinstance(size, bool) else None
