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


def canonical(tree: Tree) -> Tree:
    """A claim of neighbours in one direction, ``<``, so that `a > b` and `b < a` are one claim."""
    if "ordering" in tree:
        return {**tree, "ordering": [canonical(link) for link in tree["ordering"]]}
    sign = tree.get("compare", "")
    if sign.startswith(">"):
        return {
            **tree,
            "compare": sign.replace(">", "<"),
            "left": tree["right"],
            "right": tree["left"],
        }
    return tree


def term_text(term: Tree) -> str:
    """A term as a spec has it: ``mean(scores[of: S', evidence: debate], over: seed)``."""
    if "number" in term:
        return f"{term['number']:g}"
    if "table" in term:
        chosen = [f"{axis}: {point}" for axis, point in term["select"].items()]
        chosen += [f"among: {term['facet']}"] if term.get("facet") else []
        return f"{term['table']}[{', '.join(chosen)}]" if chosen else str(term["table"])
    if "call" in term:
        over = list(term["over"])
        axes = over[0] if len(over) == 1 else f"[{', '.join(over)}]"
        return f"{term['call']}({term_text(term['value'])}, over: {axes})"
    sides = (
        f"({term_text(s)})" if "arith" in s else term_text(s) for s in (term["left"], term["right"])
    )
    return f" {term['arith']} ".join(sides)


def link_text(link: Tree) -> str:
    """One comparison, or a trend, as a spec has it."""
    if "trend" in link:
        return f"{link['trend']}({term_text(link['value'])}, along: {link['along']})"
    text = f"{term_text(link['left'])} {link['compare']} {term_text(link['right'])}"
    return f"{text} within {link['within']:g}" if "within" in link else text
