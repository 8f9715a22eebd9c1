"""How many rows a node goes through, where the spec says so: parts of data with a number each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.signature import Signatures

_ROWS = (Kind.LABELS, Kind.ITEMS, Kind.DATA)


class StatedRows:
    """Counts for every node of a graph, made in one pass: graphs are deep."""

    def __init__(self, graph: Graph, signatures: Signatures) -> None:
        self._graph = graph
        self._signatures = signatures
        self._rows: dict[str, int | None] = {}
        for node in graph.order():
            if node.kind in _ROWS:
                self._rows[node.id] = self._of(node)

    def behind(self, node: Node) -> int | None:
        """Items behind the labels or items that a node takes, at most; None where the spec doesn't say.

        A format that makes several rows of a question is not known here: questions are counted.
        """
        ids = [id_ for port, ids in node.inputs.items() if "." not in port for id_ in ids]
        return _largest([self._rows[id_] for id_ in ids if id_ in self._rows])

    def _of(self, node: Node) -> int | None:
        if node.op == "part":
            data = self._graph.nodes[node.inputs["data"][0]]
            return _of_part(data.params.get("parts"), node.params["name"])
        if node.kind is Kind.DATA and "parts" in node.params:
            parts = node.params["parts"]
            return _sum([_of_part(parts, name) for name in parts])
        op = self._signatures.op(node.op)
        added = {port.name for port in op.ports if port.rows == "added"} if op is not None else ()
        by_port = {
            port: [self._rows[id_] for id_ in ids if id_ in self._rows]
            for port, ids in node.inputs.items()
        }
        found = [
            _sum(rows) if port in added else _largest(rows)
            for port, rows in by_port.items()
            if rows
        ]
        return _largest(found)


def _sum(found: list[int | None]) -> int | None:
    known = [count for count in found if count is not None]
    return sum(known) if known and len(known) == len(found) else None


def _largest(found: list[int | None]) -> int | None:
    known = [count for count in found if count is not None]
    return max(known) if known and len(known) == len(found) else None


def _of_part(parts: Any, name: str) -> int | None:
    size = parts.get(name) if isinstance(parts, Mapping) else None
    if isinstance(size, Mapping):
        size = next((value for value in size.values() if isinstance(value, int)), None)
    return size if isinstance(size, int) and not isinstance(size, bool) else None
