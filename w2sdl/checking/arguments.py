"""Arguments of a call by the names of their places, and a signature in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from w2sdl import signature as sig
from w2sdl.kinds import COERCIONS, Kind, is_accepted
from w2sdl.syntax import nodes


def listed(expr: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """What stands in a list, or the one thing that stands alone."""
    return expr.items if isinstance(expr, nodes.ListExpr) else (expr,)


def placed(
    expr: nodes.Call, by_position: Sequence[str], many: str, op: sig.OpSignature | None
) -> tuple[dict[str, Any], list[nodes.Expr]]:
    """Positional arguments by the names of their slots, and those that have none.

    ``many`` gathers as many as it can: the ports behind it that have no name take the last ones.
    """
    arguments: dict[str, Any] = {}
    beyond: list[nodes.Expr] = []
    slots = list(by_position)
    given = {entry.name for entry in expr.named}
    behind = [port.name for port in op.ports if port.name in slots] if op and many else []
    behind = [n for n in behind[behind.index(many) + 1 :] if n not in given] if many else []
    for number, value in enumerate(expr.positional):
        left = len(expr.positional) - number
        if slots and slots[0] == many and many in arguments and 0 < left <= len(behind):
            slots = [slot for slot in slots if slot in behind]
        if slots and slots[0] == many:
            arguments.setdefault(many, []).append(value)
        elif slots:
            arguments[slots.pop(0)] = value
        else:
            beyond.append(value)
    return arguments, beyond


def signature_text(op: sig.OpSignature) -> str:
    """``name(Kind, param: type)``: an operation's signature in one line."""
    ports = [
        f"{port.name}: {port.kind}{'…' if port.many or port.each else ''}{'?' if port.optional else ''}"
        for port in op.ports
        if not port.on
    ]
    return f"{op.name}({', '.join([*ports, *(param.name + ':' for param in op.params)])})"


def fitting_order(
    kinds: list[Kind], ports: tuple[sig.Port, ...]
) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """Ports that some values would fit, where they don't in their order, and those left without one.

    None where they fit as they stand, or in no order. The ports are those filled by position.
    """
    if any(port.many for port in ports) or len(kinds) > len(ports):
        return None
    if all(_fits(kind, port.kind) for kind, port in zip(kinds, ports, strict=False)):
        return None
    taken: list[int] = []
    for kind in kinds:
        free = [n for n, p in enumerate(ports) if n not in taken and _fits(kind, p.kind)]
        if not free:
            return None
        taken.append(free[0])
    return tuple(taken), tuple(p.name for n, p in enumerate(ports) if n not in taken)


def _fits(found: Kind, wanted: Kind) -> bool:
    return is_accepted(found, wanted) or (found, wanted) in COERCIONS
