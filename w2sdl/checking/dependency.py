"""The order in which definitions are checked and expanded: what a binding uses comes before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.checking.scope import Scope
from w2sdl.syntax import nodes


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Bindings and axes, used ones first; ``circles`` are definitions that need themselves."""

    order: tuple[str, ...]
    circles: tuple[tuple[str, ...], ...]


def find_dependencies(scope: Scope) -> Dependencies:
    """Sort the definitions of a spec, which may stand in any order.

    Without recursion: a thousand students may teach each other in a row, and each step down would
    cost the checker a dozen frames.
    """
    order: dict[str, None] = {}
    path: dict[str, None] = {}  # from a name down to one that it uses
    circles: dict[str, tuple[str, ...]] = {}
    for name in (*scope.bindings, *scope.axes):
        stack = [name]
        while stack:
            top = stack[-1]
            if top in path or top in order:
                path.pop(top, None)
                order.setdefault(stack.pop())
                continue
            path[top] = None
            for used in reversed(dict.fromkeys(_uses(top, scope))):
                if used in path:
                    names = list(path)
                    circles.setdefault(used, tuple(names[names.index(used) :]))
                elif used not in order:
                    stack.append(used)
    return Dependencies(tuple(order), tuple(circles.values()))


def _uses(name: str, scope: Scope) -> Iterator[str]:
    """Bindings and axes that a definition names, in the order written."""
    if name in scope.axes:
        stack = list(scope.axes[name].points.values())[::-1]
    else:
        stack = [scope.bindings[name].value]
    while stack:
        expr = stack.pop()
        if isinstance(expr, nodes.Name) and (
            expr.name in scope.bindings or expr.name in scope.axes
        ):
            yield expr.name
        stack += reversed(_parts(expr))


def _parts(expr: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """The expressions inside one that may name definitions (labels and points do not)."""
    match expr:
        case nodes.Field(base) | nodes.Select(base):
            return (base,)
        case nodes.Call(_, positional):
            return (*positional, *(entry.value for entry in expr.entries))
        case nodes.ListExpr(items):
            return items
        case nodes.Record(entries):
            return tuple(entry.value for entry in entries)
        case nodes.Arithmetic(_, left, right):
            return (left, right)
        case _:
            return ()
