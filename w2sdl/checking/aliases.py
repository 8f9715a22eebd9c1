"""Names that stand for other names: a chain of them has a limit, so that none is followed for ever."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.errors import names
from w2sdl.messages.diagnostics import Collector
from w2sdl.syntax import nodes

MAX_ALIASES = 100


def refuse_long_chains(bindings: dict[str, nodes.Binding], found: Collector) -> frozenset[str]:
    """Report names at the head of a chain that is too long, and take them out; gives their names."""
    steps = {name: _next(binding.value) for name, binding in bindings.items()}
    long = frozenset(name for name in bindings if _is_long(name, steps))
    for name in long - {steps[name] for name in long}:
        span = bindings[name].name_span
        found.add(names.LongChain(span=span, name=name, limit=MAX_ALIASES))
    if long and not long - {steps[name] for name in long}:  # a circle: any of them is its head
        name = min(long)
        span = bindings[name].name_span
        found.add(names.LongChain(span=span, name=name, limit=MAX_ALIASES))
    for name in long:
        del bindings[name]
    return long


def _is_long(name: str, steps: Mapping[str, str]) -> bool:
    for _ in range(MAX_ALIASES):
        name = steps.get(name, "")
        if not name:
            return False
    return True


def _next(expr: nodes.Expr) -> str:
    """The name that an expression is another name of, or of a part of; "" for any other."""
    while isinstance(expr, nodes.Field | nodes.Select):
        expr = expr.base
    return expr.name if isinstance(expr, nodes.Name) else ""
