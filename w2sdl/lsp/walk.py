"""Walks expressions and says what each name in them is. Types flow down, as in checking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from w2sdl import signature as sig
from w2sdl.checking.axes import point_name
from w2sdl.lsp.index import FileIndex
from w2sdl.lsp.occurrences import Argument, Facet, Key, Occurrence, Preset
from w2sdl.lsp.symbols import Scope, Symbol, SymbolKind, entry_symbol
from w2sdl.operational import operational_params
from w2sdl.signature import REQUIRED
from w2sdl.source import Span
from w2sdl.syntax import nodes

#: What a place takes: a parameter's type, an edge, or what is not known.
Want = sig.ParamType | sig.Port | None


class Walk:
    """Collects the names of expressions, and what plain values and axes are used as."""

    def __init__(self, index: FileIndex) -> None:
        self.index = index
        self.signatures = index.signatures
        self.found: list[Occurrence] = []
        self.reached: dict[Symbol, sig.ParamType] = {}
        self._defined: set[int] = set()  # entries whose labels define something

    def define(self, entries: Iterable[nodes.Entry], kind: SymbolKind, owner: Symbol) -> None:
        """Labels that define something: parts and points. A profile may define them again."""
        known = self.index.points(owner) if kind is SymbolKind.POINT else self.index.members(owner)
        for entry in entries:
            symbol = known.get(entry.name) or entry_symbol(entry, kind, owner)
            self.found.append(Occurrence(entry.name_span, symbol, defines=True))
            self._defined.add(id(entry))

    def visit(self, expr: nodes.Expr, want: Want, scope: Scope) -> None:
        """Walk an expression where ``want`` is expected."""
        while isinstance(want, sig.OptionalOf):
            want = want.inner
        match expr:
            case nodes.Name(name, span):
                self.name(name, span, want, scope)
            case nodes.Field(base):
                self.visit(base, None, scope)
                self._field(expr, want, scope)
            case nodes.Select(base, entries):
                self.visit(base, want, scope)
                self._selection(base, entries, scope)
            case nodes.Call():
                self._call(expr, want, scope)
            case nodes.ListExpr(items):
                inner = want.item if isinstance(want, sig.ListOf) else want
                for item in items:
                    self.visit(item, inner, scope)
            case nodes.Record(entries):
                self._record(entries, want, scope)
            case nodes.Arithmetic(_, left, right):
                self.visit(left, want, scope)
                self.visit(right, want, scope)

    def name(self, name: str, span: Span, want: Want, scope: Scope, defines: bool = False) -> None:
        symbol = scope.lookup(name)
        if symbol is not None:
            self.found.append(Occurrence(span, symbol, defines=defines))
            if want is not None and not isinstance(want, sig.Port):
                self.reached.setdefault(symbol, want)

    def _field(self, expr: nodes.Field, want: Want, scope: Scope) -> None:
        symbol = self.index.resolve(expr, scope)
        if symbol is not None:
            self.found.append(Occurrence(expr.name_span, symbol))
            if want is not None and not isinstance(want, sig.Port):
                self.reached.setdefault(symbol, want)

    def _selection(self, base: nodes.Expr, entries: Sequence[nodes.Entry], scope: Scope) -> None:
        for entry in entries:
            axis = scope.lookup(entry.name)
            if axis is None or axis.kind is not SymbolKind.AXIS:
                if not self._facet(base, entry, scope):
                    self.visit(entry.value, None, scope)  # `of: S'`
                continue
            self.found.append(Occurrence(entry.name_span, axis))
            point = self._point(entry.value, axis)
            if point is not None:
                self.found.append(Occurrence(entry.value.span, point))
            elif not isinstance(entry.value, nodes.Name):
                self.visit(entry.value, None, scope)
            else:
                self._unnamed_point(entry.value, axis, scope)

    def _facet(self, base: nodes.Expr, entry: nodes.Entry, scope: Scope) -> bool:
        """``among: supervisor_right``, of a measure whose metric knows such a part of the rows."""
        measure = self.index.resolve(base, scope)
        value = measure.node.value if measure and isinstance(measure.node, nodes.Measure) else None
        if not (isinstance(value, nodes.Call) and isinstance(value.callee, nodes.Name)):
            return False
        op = self.signatures.op(value.callee.name)
        if op is None or entry.name not in op.facets:
            return False
        facet = Facet(op.name, entry.name, tuple(op.facets[entry.name]))
        self.found.append(Occurrence(entry.name_span, about=facet))
        if isinstance(entry.value, nodes.Name):
            self.found.append(Occurrence(entry.value.span, about=facet))
        return True

    def _point(self, expr: nodes.Expr, axis: Symbol) -> Symbol | None:
        if not isinstance(expr, nodes.Name | nodes.Literal):
            return None
        return self.index.points(axis).get(point_name(expr))

    def _unnamed_point(self, expr: nodes.Name, axis: Symbol, scope: Scope) -> None:
        """A point of a list: a binding that stands in it, or a variant by its name."""
        points = axis.node.points if isinstance(axis.node, nodes.Axis) else None
        items = points.items if isinstance(points, nodes.ListExpr) else ()
        if any(isinstance(item, nodes.Name) and item.name == expr.name for item in items):
            self.visit(expr, None, scope)
            return
        variant = self._variant(expr.name, self.reached.get(axis))
        if variant is not None:
            self.found.append(Occurrence(expr.span, about=variant))

    def points(self, expr: nodes.Expr, want: Want, axis: Symbol) -> None:
        match expr:
            case nodes.Record(entries):
                self.define(entries, SymbolKind.POINT, axis)
                for entry in entries:
                    self._value_of_point(entry.value, want, axis)
            case nodes.Call(nodes.Name("zip" | "product"), _, named):
                fields = self.index.members(axis)
                for entry in named:
                    if entry.name in fields:
                        self.found.append(
                            Occurrence(entry.name_span, fields[entry.name], defines=True)
                        )
                        self._column(entry.value, self.reached.get(fields[entry.name]), axis)
                    else:
                        self.visit(entry.value, None, axis.scope)
            case nodes.ListExpr(items):
                for item in items:
                    self._value_of_point(item, want, axis)
            case _:
                self.visit(expr, want, axis.scope)

    def _value_of_point(self, expr: nodes.Expr, want: Want, axis: Symbol) -> None:
        """A point that is a record has fields of the axis: ``gap.small``."""
        if isinstance(expr, nodes.Record) and want is None:
            self.fields(expr.entries, axis)
        else:
            self.visit(expr, want, axis.scope)

    def fields(self, entries: Sequence[nodes.Entry], owner: Symbol) -> None:
        """The labels and the values of a record whose fields are used by name."""
        self.define(entries, SymbolKind.FIELD, owner)
        known = self.index.members(owner)
        for entry in entries:
            field = known.get(entry.name)
            self.visit(entry.value, self.reached.get(field) if field else None, owner.scope)

    def _column(self, expr: nodes.Expr, want: Want, axis: Symbol) -> None:
        """The values of one field of a zipped axis, named or not."""
        entries = expr.entries if isinstance(expr, nodes.Record) else ()
        for entry in entries:
            self.visit(entry.value, want, axis.scope)
        if not entries:
            inner = (
                sig.ListOf(want) if want is not None and not isinstance(want, sig.Port) else None
            )
            self.visit(expr, inner, axis.scope)

    def _record(self, entries: Iterable[nodes.Entry], want: Want, scope: Scope) -> None:
        fields = {p.name: p for p in want.fields} if isinstance(want, sig.RecordOf) else {}
        for entry in entries:
            param = fields.get(entry.name)
            if isinstance(want, sig.RecordOf) and entry.name == "preset":
                self._preset(entry.value, want, scope)
            elif param is not None and isinstance(want, sig.RecordOf):
                about = Argument(f"{want.name} record", param)
                self.found.append(Occurrence(entry.name_span, about=about))
                self.visit(entry.value, param.type, scope)
            else:
                inner = want.value if isinstance(want, sig.MapOf) else None
                if inner is not None and id(entry) not in self._defined:
                    self.found.append(Occurrence(entry.name_span, about=Key(inner)))
                self.visit(entry.value, inner, scope)

    def _preset(self, expr: nodes.Expr, record: sig.RecordOf, scope: Scope) -> None:
        match expr:
            case nodes.Call(nodes.Name(name, span)) | nodes.Name(name, span) if (
                name in record.presets
            ):
                self.found.append(Occurrence(span, about=Preset(record, name)))
            case _:
                self.visit(expr, None, scope)

    # -- calls --------------------------------------------------------------------------------------------

    def _call(self, expr: nodes.Call, want: Want, scope: Scope) -> None:
        definition = self.index.resolve(expr.callee, scope)
        if definition is not None and definition.kind is SymbolKind.DEFINITION:
            self.visit(expr.callee, None, scope)
            self._sub_graph(expr, definition, scope)
            return
        name = expr.callee.name if isinstance(expr.callee, nodes.Name) else ""
        op = self.signatures.op(name)
        variant = self._variant(name, want)
        if variant is not None and (op is None or isinstance(want, sig.VariantOf | sig.EitherOf)):
            self.found.append(Occurrence(expr.callee.span, about=variant))
            order: list[sig.Port | sig.Param] = [*variant.ports, *variant.params]
            self.arguments(expr, variant.name, order, order, scope)
        elif op is not None:
            self.found.append(Occurrence(expr.callee.span, about=op))
            self.arguments(expr, op.name, positional(op), arguments_of(op), scope)
        else:
            if not isinstance(expr.callee, nodes.Name):
                self.visit(expr.callee, None, scope)
            for value in (*expr.positional, *(entry.value for entry in expr.entries)):
                self.visit(value, None, scope)

    def _measure(self, value: nodes.Expr, scope: Scope) -> None:
        op = None
        if isinstance(value, nodes.Call) and isinstance(value.callee, nodes.Name):
            op = self.signatures.op(value.callee.name)
        if op is None or not isinstance(value, nodes.Call):
            self.visit(value, None, scope)
            return
        self.found.append(Occurrence(value.callee.span, about=op))
        each = [port for port in op.ports if port.each]
        order: list[sig.Port | sig.Param] = [*(each or (p for p in op.ports if not p.on))]
        self.arguments(value, op.name, order, arguments_of(op), scope)

    def _variant(self, name: str, want: Want) -> sig.VariantSignature | None:
        """The variant of this name in the family that is wanted, or in the only one that has it."""
        if isinstance(want, sig.EitherOf):
            want = want.variant
        if isinstance(want, sig.ListOf):
            return self._variant(name, want.item if not isinstance(want.item, sig.Port) else None)
        if isinstance(want, sig.VariantOf):
            return self.signatures.variants.get(want.family, {}).get(name)
        known = [f[name] for f in self.signatures.variants.values() if name in f]
        return known[0] if len(known) == 1 else None

    def arguments(
        self,
        expr: nodes.Call,
        owner: str,
        order: Sequence[sig.Port | sig.Param],
        every: Sequence[sig.Port | sig.Param],
        scope: Scope,
    ) -> None:
        slots = list(order)
        for value in expr.positional:
            slot = slots[0] if slots else None
            if slots and not (isinstance(slot, sig.Port) and (slot.many or slot.each)):
                slots.pop(0)
            self.visit(value, type_of(slot), scope)
        known = {item.name: item for item in every}
        for entry in expr.entries:
            item = known.get(entry.name)
            if item is not None:
                self.found.append(Occurrence(entry.name_span, about=Argument(owner, item)))
            self.visit(entry.value, type_of(item), scope)

    def _sub_graph(self, expr: nodes.Call, definition: Symbol, scope: Scope) -> None:
        home = definition.scope.file
        reached = self.reached if home is self.index else home.reached
        names = home.bodies[definition].names
        inputs = [symbol for symbol in names.values() if symbol.kind is SymbolKind.INPUT]
        for number, value in enumerate(expr.positional):
            want = reached.get(inputs[number]) if number < len(inputs) else None
            self.visit(value, want, scope)
        for entry in expr.entries:
            symbol = next((s for s in inputs if s.name == entry.name), None)
            if symbol is not None:
                self.found.append(Occurrence(entry.name_span, symbol))
            self.visit(entry.value, reached.get(symbol) if symbol else None, scope)


def positional(op: sig.OpSignature) -> list[sig.Port | sig.Param]:
    """What an operation takes by position, as the checker binds it."""
    ports = [port for port in op.ports if not port.optional and not port.on]
    return [*ports, *(param for param in op.params if param.default is REQUIRED)]


def arguments_of(op: sig.OpSignature) -> list[sig.Port | sig.Param]:
    """All that a call of an operation takes, with what says how it is run."""
    return [*op.ports, *op.params, *operational_params(op)]


def type_of(item: sig.Port | sig.Param | None) -> Want:
    """What an argument takes."""
    return item.type if isinstance(item, sig.Param) else item
