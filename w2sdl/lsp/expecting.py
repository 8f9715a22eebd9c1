"""What type is expected at a context: types flow from the declaration through its open brackets."""

from __future__ import annotations

from dataclasses import dataclass

from w2sdl import signature as sig
from w2sdl.kinds import Kind
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.context import Context, Frame
from w2sdl.lsp.index import FileIndex
from w2sdl.lsp.symbols import Symbol, SymbolKind
from w2sdl.lsp.walk import Want, arguments_of, positional
from w2sdl.operational import operational_params
from w2sdl.syntax import nodes

_ROLES = {"data": Kind.DATA, "weak": Kind.MODEL, "strong": Kind.MODEL}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a place takes.

    Attributes:
        want: the type, if known.
        callee: what is called in the innermost bracket, if it is a call.
        selected: in a selection, what is selected from.
        record: in a record with known fields, its type.
        taken: arguments that are given by position before the place.
    """

    want: Want = None
    callee: sig.OpSignature | sig.VariantSignature | Symbol | None = None
    selected: Symbol | None = None
    record: sig.RecordOf | None = None
    taken: frozenset[str] = frozenset()


def expected_at(analysis: Analysis, context: Context) -> Expected:
    """What the innermost place of a context takes."""
    index, signatures = analysis.index, analysis.signatures
    now = Expected(_of_declaration(analysis, context))
    for depth, frame in enumerate(context.frames):
        if depth == 0 and frame.bracket == "{" and context.keyword in ("profile", "def"):
            now = Expected(
                setting_type(analysis, frame.path) if context.keyword == "profile" else None
            )
        elif frame.bracket == "(":
            now = _in_call(
                index,
                signatures,
                frame,
                now.want,
                measures=context.keyword == "measure" and depth == 0,
            )
        elif frame.bracket == "[" and frame.head:
            now = Expected(selected=resolve_path(index, frame.head))
        elif frame.bracket == "[":
            now = Expected(now.want.item if isinstance(now.want, sig.ListOf) else now.want)
        else:
            now = _in_record(frame, now.want)
    return now


def resolve_path(index: FileIndex, path: tuple[str, ...]) -> Symbol | None:
    """The symbol that dotted names stand for at the top of a file."""
    symbol = index.scope.lookup(path[0]) if path else None
    for name in path[1:]:
        symbol = index.members(symbol).get(name) if symbol else None
    return symbol


def _of_declaration(analysis: Analysis, context: Context) -> Want:
    if context.on:
        return sig.Port("on", Kind.DATA)
    if context.keyword in _ROLES:
        return sig.Port(context.keyword, _ROLES[context.keyword])
    symbol = analysis.index.scope.lookup(context.name)
    if symbol is None:
        return None
    return reached_by(analysis.index, symbol)


def reached_by(index: FileIndex, symbol: Symbol) -> Want:
    """The type of the parameter that a plain value or an axis is used as."""
    return index.reached.get(symbol)


def _in_call(
    index: FileIndex,
    signatures: sig.Signatures,
    frame: Frame,
    want: Want,
    measures: bool,
) -> Expected:
    symbol = resolve_path(index, frame.head)
    if symbol is not None and symbol.kind is SymbolKind.DEFINITION:
        return Expected(None, symbol)
    name = frame.head[0] if len(frame.head) == 1 else ""
    op, variant = signatures.op(name), _variant(signatures, name, want)
    if variant is not None and (op is None or isinstance(want, sig.VariantOf | sig.EitherOf)):
        every: list[sig.Port | sig.Param] = [*variant.ports, *variant.params]
        return Expected(_slot(frame, every, every), variant, taken=_taken(frame, every))
    if op is None:
        return Expected()
    order = positional(op)
    if measures:
        order = [p for p in op.ports if p.each] or [p for p in op.ports if not p.on]
    want = _slot(frame, order, arguments_of(op))
    return Expected(want, op, taken=_taken(frame, order))


def _slot(
    frame: Frame, order: list[sig.Port | sig.Param], every: list[sig.Port | sig.Param]
) -> Want:
    """The type of the argument that a place in a call is."""
    if frame.label:
        item = next((i for i in every if i.name == frame.label), None)
    else:
        many = next(
            (n for n, i in enumerate(order) if isinstance(i, sig.Port) and (i.many or i.each)), None
        )
        position = frame.position if many is None else min(frame.position, many)
        item = order[position] if position < len(order) else None
    return item.type if isinstance(item, sig.Param) else item


def _taken(frame: Frame, order: list[sig.Port | sig.Param]) -> frozenset[str]:
    return frozenset(item.name for item in order[: frame.position])


def _variant(signatures: sig.Signatures, name: str, want: Want) -> sig.VariantSignature | None:
    while isinstance(want, sig.OptionalOf | sig.ListOf):
        want = want.inner if isinstance(want, sig.OptionalOf) else want.item
    if isinstance(want, sig.EitherOf):
        want = want.variant
    if isinstance(want, sig.VariantOf):
        return signatures.variants.get(want.family, {}).get(name)
    return next((f[name] for f in signatures.variants.values() if name in f), None)


def _in_record(frame: Frame, want: Want) -> Expected:
    while isinstance(want, sig.OptionalOf):
        want = want.inner
    if isinstance(want, sig.MapOf):
        return Expected(want.value if frame.label else None)
    if not isinstance(want, sig.RecordOf):
        return Expected(want)  # the points of an axis: each is what the axis reaches
    param = next((p for p in want.fields if p.name == frame.label), None)
    return Expected(param.type if param else None, record=want)


def setting_type(analysis: Analysis, path: tuple[str, ...]) -> Want:
    """The type of what a path in a profile sets: ``T.debater``, ``S'.train.epochs``, ``recipe``."""
    index = analysis.index
    symbol = index.scope.lookup(path[0]) if path else None
    if symbol is None:
        return None
    if len(path) == 1:
        return reached_by(index, symbol)
    want: Want = None
    items = {item.name: item for item in settable(analysis, symbol)}
    for name in path[1:]:
        item = items.get(name)
        if item is None:
            return None
        want = item.type if isinstance(item, sig.Param) else item
        items = {p.name: p for p in want.fields} if isinstance(want, sig.RecordOf) else {}
    return want


def settable(analysis: Analysis, symbol: Symbol) -> list[sig.Port | sig.Param]:
    """The arguments of a binding's call, or the fields of a record: what a profile can set of it."""
    reached = reached_by(analysis.index, symbol)
    if isinstance(reached, sig.RecordOf):
        return [*reached.fields]
    value = symbol.node.value if isinstance(symbol.node, nodes.Binding) else None
    if isinstance(value, nodes.Call) and isinstance(value.callee, nodes.Name):
        op = analysis.signatures.op(value.callee.name)
        if op is not None:
            return [
                *(port for port in op.ports if not port.on),
                *op.params,
                *operational_params(op),
            ]
    return []
