"""The graph as text for other tools: Mermaid and DOT, at the level of bindings or of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.graph import Graph


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes (id -> text, kind) and arrows between them."""

    boxes: dict[str, tuple[str, str]]
    arrows: tuple[tuple[str, str], ...]


def outline(graph: Graph) -> Drawing:
    """One box for each name: all points of `S'` are one box, with the number of its nodes."""
    names: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        names.setdefault(node.name, []).append(node.id)
    of = {id_: name for name, ids in names.items() for id_ in ids}
    ids = {name: f"n{number}" for number, name in enumerate(names)}
    boxes = {}
    for name, members in names.items():
        count = f" ×{len(members)}" if len(members) > 1 else ""
        boxes[ids[name]] = (f"{name}{count}", graph.nodes[members[0]].kind.value)
    arrows = {
        (ids[of[parent]], ids[node.name]): None
        for node in graph.nodes.values()
        for parent in node.parents()
    }
    return Drawing(boxes, tuple(arrows))


def resolved(graph: Graph) -> Drawing:
    """One box for each node."""
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes.values())}
    boxes = {ids[node.id]: (node.address, node.kind.value) for node in graph.nodes.values()}
    arrows = {(ids[p], ids[n.id]): None for n in graph.nodes.values() for p in n.parents()}
    return Drawing(boxes, tuple(arrows))


def mermaid(drawing: Drawing) -> str:
    """A Mermaid flow chart."""
    return "\n".join(_mermaid_lines(drawing)) + "\n"


def _mermaid_lines(drawing: Drawing) -> Iterator[str]:
    yield "flowchart LR"
    for id_, (text, kind) in drawing.boxes.items():
        safe = text.replace('"', "#quot;")
        yield f'  {id_}["{safe}"]:::{kind}'
    yield from (f"  {start} --> {end}" for start, end in drawing.arrows)


def dot(drawing: Drawing) -> str:
    """A Graphviz digraph."""
    lines = ["digraph w2s {", "  rankdir=LR; node [shape=box, style=rounded];"]
    for id_, (text, kind) in drawing.boxes.items():
        safe = text.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  {id_} [label="{safe}", tooltip="{kind}"];')
    lines += [f"  {start} -> {end};" for start, end in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"
