"""How many settings a spec writes, and how many they come to: what nobody has to type again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from w2sdl.graph import Graph
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes
from w2sdl.syntax.parse import parse_module


@dataclass(frozen=True, slots=True)
class SettingCounts:
    """``written`` in the spec's own text; ``expanded`` over all nodes, ``distinct`` among these."""

    written: int
    expanded: int
    distinct: int


def count_settings(graph: Graph, text: str) -> SettingCounts:
    """Numbers, texts and truth values: as written, and with every default at every point.

    What the spec imports is not counted as written; its profiles are, used or not.
    """
    every = [
        (node.op, path, repr(value))
        for node in graph.nodes.values()
        for path, value in _leaves(node.params)
    ]
    return SettingCounts(_written(text), len(every), len(set(every)))


def _written(text: str) -> int:
    module, _ = parse_module(Source("spec", text))
    return sum(_literals(declaration) for declaration in module.declarations)


def _literals(node: object) -> int:
    """Literals at and below a node of the syntax tree."""
    if isinstance(node, nodes.Literal | nodes.Quantity):
        return 1
    if isinstance(node, nodes.Range):
        return 2
    if isinstance(node, tuple):
        return sum(_literals(item) for item in node)
    if not is_dataclass(node) or isinstance(node, Source | Span):
        return 0
    return sum(_literals(getattr(node, field.name)) for field in fields(node))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Numbers, texts and truth values inside a parameter, with where they stand; none that is absent."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _leaves(item, f"{path}.{at}")
    elif value is not None:
        yield path, value
