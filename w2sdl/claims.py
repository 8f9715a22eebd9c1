"""The trees of what specs claim (`w2sdl.program.ExpectDecl`), read by all who judge or compare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: Of the interval that decides on a claim, where the spec names no level.
LEVEL = 0.95

Tree = Mapping[str, Any]


def level_of(tree: Tree) -> float:
    """The level of the interval that a claim is judged by."""
    return float(tree.get("level", LEVEL))


def links(tree: Tree) -> tuple[Tree, ...]:
    """What must hold, each for itself: the neighbours of an ordering, or the one claim."""
    return tuple(tree["ordering"]) if "ordering" in tree else (tree,)


def tables_in(tree: Tree) -> Iterator[Tree]:
    """Every measure that a claim reads, ``{"table": name, "select": {...}}``, as often as it does."""
    if "table" in tree:
        yield tree
        return
    for child in tree.values():
        if isinstance(child, Mapping):
            yield from tables_in(child)
        elif isinstance(child, list | tuple):
            yield from (
                table for one in child if isinstance(one, Mapping) for table in tables_in(one)
            )


def trend_order(points: Sequence[str]) -> tuple[str, ...]:
    """The points of an axis as a trend goes along them: by number if all are numbers, else as declared.

    Our definition: what rises with size rises with size however the sizes are listed.
    """
    try:
        numbers = {point: float(point) for point in points}
    except ValueError:
        return tuple(points)
    return tuple(sorted(points, key=numbers.__getitem__))
