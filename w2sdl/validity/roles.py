"""Which nodes a spec declares `weak` or `strong`: by whatever name they go in the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from w2sdl.addresses import name_of
from w2sdl.graph import Graph, Node
from w2sdl.program import Apply, Fix, Program, Ref, Switch, Term

#: The name of a binding, and the points of axes that are chosen of it.
_Chosen = tuple[str, Mapping[str, str]]


def declared_nodes(program: Program, graph: Graph, *roles: str) -> frozenset[str]:
    """Ids of the nodes that bindings declared so (``strong``, ``weak``) stand for."""
    chosen: dict[str, list[Mapping[str, str]]] = {}
    for binding in program.bindings.values():
        if binding.role in roles:
            for name, points in _stands_for(binding.name, binding.term, program, {}):
                chosen.setdefault(name, []).append(points)
    return frozenset(node.id for node in graph.nodes.values() if _is_among(node, chosen))


def _stands_for(
    name: str, term: Term, program: Program, points: Mapping[str, str]
) -> Iterator[_Chosen]:
    """The bindings whose calls a term leads to, through other names, selections and axes."""
    match term:
        case Apply():
            yield name, points
        case Ref(other):
            yield from _stands_for(other, program.bindings[other].term, program, points)
        case Fix(base, chosen):
            yield from _stands_for(name, base, program, {**chosen, **points})
        case Switch(axis, branches):
            for point, branch in branches.items():
                if points.get(axis, point) == point:
                    yield from _stands_for(name, branch, program, points)


def _is_among(node: Node, chosen: Mapping[str, list[Mapping[str, str]]]) -> bool:
    names = [node.name, *(name_of(alias) for alias in node.aliases)]
    return any(
        all(node.point.get(axis, point) == point for axis, point in points.items())
        for name in names
        for points in chosen.get(name, ())
    )
