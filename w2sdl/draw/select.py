"""A part of a graph: `S'` is a name, `+S'` also all that it is made from, `S'+` all that is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from w2sdl.draw.roles import base_name
from w2sdl.graph import Graph
from w2sdl.suggest import nearest_names


class UnknownSelection(Exception):
    """A selection that names nothing in the graph; ``near`` are close names."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(f"nothing in the graph is called `{name}`")
        self.name = name
        self.near = near


@dataclass(frozen=True, slots=True)
class _Selection:
    name: str
    ancestors: bool
    descendants: bool


def select_nodes(graph: Graph, selections: Sequence[str]) -> frozenset[str]:
    """Ids of the selected nodes, of several selections all together.

    Raises:
        UnknownSelection: for a name that is none of the graph's.
    """
    names = _names(graph)
    parents = {node.id: tuple(node.parents()) for node in graph.nodes.values()}
    children: dict[str, list[str]] = {}
    for id_, ids in parents.items():
        for parent in ids:
            children.setdefault(parent, []).append(id_)
    kept: set[str] = set()
    for selection in map(_read, selections):
        if selection.name not in names:
            raise UnknownSelection(selection.name, nearest_names(selection.name, names))
        found = names[selection.name]
        kept.update(found)
        if selection.ancestors:
            kept.update(_reached(found, parents))
        if selection.descendants:
            kept.update(_reached(found, children))
    return frozenset(kept)


def _read(text: str) -> _Selection:
    return _Selection(text.strip().strip("+"), text.startswith("+"), text.endswith("+"))


def _names(graph: Graph) -> Mapping[str, Sequence[str]]:
    """What can be selected: bindings, measures and addresses, with their nodes."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for address in (node.address, *node.aliases):
            for name in {address, base_name(address), node.name}:
                found.setdefault(name, []).append(node.id)
    for table in graph.measures:
        found[table.name] = [cell.node for cell in table.cells]
    return found


def _reached(start: Iterable[str], follow: Mapping[str, Iterable[str]]) -> Iterator[str]:
    seen, stack = set(start), list(start)
    while stack:
        for other in follow.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
                yield other
