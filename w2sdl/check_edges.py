"""Check edges: an expression where a node is expected gives an edge term of a known kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from w2sdl import nodes
from w2sdl import signature as sig
from w2sdl.check_values import check_value, type_text, unique_entries
from w2sdl.diagnostics import Collector
from w2sdl.errors import names, types
from w2sdl.kinds import COERCIONS, Kind, is_accepted
from w2sdl.program import (
    Apply,
    BindingDecl,
    Const,
    Fix,
    RecordTerm,
    Ref,
    Switch,
    Term,
    term_dims,
)
from w2sdl.scope import Scope, category, field_value, point_name
from w2sdl.signature import REQUIRED
from w2sdl.source import Span
from w2sdl.suggest import nearest_names
from w2sdl.text import describe, expression_text


class Checker:
    """Checks the terms of one spec. Bindings are checked on demand, each once."""

    def __init__(self, scope: Scope, signatures: sig.Signatures, found: Collector) -> None:
        self.scope = scope
        self.signatures = signatures
        self.found = found
        self.bindings: dict[str, BindingDecl] = {}
        self._failed: set[str] = set()
        self._open: list[str] = []  # names being checked, to see cycles

    # Names

    def is_known(self, expr: nodes.Expr) -> bool:
        """Whether the name at the root of an expression is defined."""
        while isinstance(expr, nodes.Field | nodes.Select):
            expr = expr.base
        return not isinstance(expr, nodes.Name) or expr.name in self.scope.all_names()

    def is_node(self, expr: nodes.Expr) -> bool:
        return category(expr, self.scope, self.signatures) == "node"

    def axis_of(self, expr: nodes.Name | nodes.Field) -> str | None:
        """The axis that ``axis`` or ``axis.field`` chooses along."""
        base = expr.base if isinstance(expr, nodes.Field) else expr
        if isinstance(base, nodes.Name) and base.name in self.scope.axes:
            return base.name
        return None

    def switch(
        self,
        expr: nodes.Name | nodes.Field,
        axis: str,
        check: Callable[[nodes.Expr], Term | None],
    ) -> Term | None:
        """One term for each point of an axis (or for a field of its points)."""
        branches: dict[str, Term] = {}
        complete = True
        for name, point in self.scope.axes[axis].points.items():
            inner: nodes.Expr | None = point
            if isinstance(expr, nodes.Field):
                inner = field_value(point, expr.name, self.scope)
                if inner is None:
                    self.report_unknown_field(expr)
                    return None
            assert inner is not None
            term = self.inside(axis, lambda inner=inner: check(inner))  # type: ignore[misc]
            complete = complete and term is not None
            if term is not None:
                branches[name] = term
        return Switch(axis, branches, expression_text(expr)) if complete and branches else None

    def inside(self, name: str, check: Callable[[], Term | None]) -> Term | None:
        """Check below a name, reporting a definition that needs itself."""
        if name in self._open:
            path = " → ".join([*self._open[self._open.index(name) :], name])
            span = self._name_span(name)
            self.found.add(names.CyclicDefinition(span=span, name=name, path=path))
            return None
        self._open.append(name)
        try:
            return check()
        finally:
            self._open.pop()

    def _name_span(self, name: str) -> Span:
        if name in self.scope.axes:
            return self.scope.axes[name].declaration.name_span
        return self.scope.bindings[name].name_span

    def report_unknown(self, expr: nodes.Name, near: tuple[str, ...] = ()) -> None:
        found = near or nearest_names(expr.name, self.scope.all_names())
        self.found.add(names.UnknownName(span=expr.span, name=expr.name, near=found))

    def report_unknown_field(self, expr: nodes.Field) -> None:
        known = _field_names(expr.base, self.scope)
        what = f"`{expression_text(expr.base)}`"
        self.found.add(
            types.UnknownField(
                span=expr.name_span,
                what=what,
                name=expr.name,
                known=", ".join(known) or "none",
                near=nearest_names(expr.name, known),
            )
        )

    # Bindings

    def binding(self, name: str) -> BindingDecl | None:
        """The checked binding of a node, or None after a message."""
        if name in self.bindings or name in self._failed:
            return self.bindings.get(name)
        declaration = self.scope.bindings[name]
        result: list[Kind] = []

        def check() -> Term | None:
            checked = self.edge(declaration.value)
            if checked is None:
                return None
            result.append(checked[1])
            return checked[0]

        term = self.inside(name, check)
        if term is None:
            self._failed.add(name)
            return None
        order = list(self.scope.axes)
        dims = sorted(term_dims(term, self.bindings), key=order.index)
        decl = BindingDecl(
            name,
            declaration.role,
            result[0],
            term,
            tuple(dims),
            declaration.span,
            declaration.waivers,
        )
        self.bindings[name] = decl
        return decl

    # Edges

    def edge(self, expr: nodes.Expr) -> tuple[Term, Kind] | None:
        """An expression as an edge, with its kind; None after a message."""
        match expr:
            case nodes.Call():
                return self._call(expr)
            case nodes.Name():
                return self._named_edge(expr)
            case nodes.Field():
                return self._field_edge(expr)
            case nodes.Select():
                return self._select_edge(expr)
            case _:
                return None

    def _named_edge(self, expr: nodes.Name) -> tuple[Term, Kind] | None:
        if expr.name in self.scope.axes:
            return self._switch_edge(expr, expr.name)
        if expr.name in self.scope.measures:
            self.found.add(names.MeasureAsValue(span=expr.span, name=expr.name))
            return None
        if expr.name not in self.scope.bindings:
            self.report_unknown(expr)
            return None
        if not self.is_node(expr):
            return None
        binding = self.binding(expr.name)
        return (Ref(expr.name), binding.kind) if binding else None

    def _switch_edge(self, expr: nodes.Name | nodes.Field, axis: str) -> tuple[Term, Kind] | None:
        kinds: dict[Kind, None] = {}

        def check(point: nodes.Expr) -> Term | None:
            checked = self.edge(point)
            if checked is None:
                return None
            kinds[checked[1]] = None
            return checked[0]

        if not self.is_node(expr):
            return None
        term = self.switch(expr, axis, check)
        if term is None or not kinds:
            return None
        # Points of one axis are of one kind; a Predictor among Models is used as a Model.
        return term, (Kind.MODEL if Kind.MODEL in kinds else next(iter(kinds)))

    def _field_edge(self, expr: nodes.Field) -> tuple[Term, Kind] | None:
        axis = self.axis_of(expr)
        if axis is not None and field_value(expr.base, expr.name, self.scope) is not None:
            return self._switch_edge(expr, axis)
        value = field_value(expr.base, expr.name, self.scope)
        if value is not None:
            return self.edge(value)
        checked = self.edge(expr.base)
        if checked is None:
            if not self.is_node(expr.base) and self.is_known(expr.base):
                self.report_unknown_field(expr)
            return None
        term, kind = checked
        if kind is not Kind.DATA:
            self.report_unknown_field(expr)
            return None
        if not self._is_part(term, expr):
            return None
        params: dict[str, Term] = {"name": Const(expr.name)}
        return self.apply("part", {"data": (term,)}, params, expr), Kind.DATA

    def _is_part(self, term: Term, expr: nodes.Field) -> bool:
        known = self._parts(term)
        if known is None or expr.name in known:
            return True
        self.found.add(
            types.UnknownPart(
                span=expr.name_span,
                data=expression_text(expr.base),
                name=expr.name,
                known=", ".join(known),
                near=nearest_names(expr.name, known),
            )
        )
        return False

    def _parts(self, term: Term) -> list[str] | None:
        """The parts of a data set, where the spec names them; None where it can't be said."""
        match term:
            case Ref(name):
                return self._parts(self.bindings[name].term)
            case Fix(base):
                return self._parts(base)
            case Apply(params=params) if isinstance(parts := params.get("parts"), RecordTerm):
                return list(parts.fields)
            case _:
                return None

    def _select_edge(self, expr: nodes.Select) -> tuple[Term, Kind] | None:
        checked = self.edge(expr.base)
        if checked is None:
            return None
        term, kind = checked
        dims = term_dims(term, self.bindings)
        chosen = self.select(expr.entries, dims, f"`{expression_text(expr.base)}`")
        return (Fix(term, chosen), kind) if chosen is not None else None

    def select(
        self, entries: tuple[nodes.Entry, ...], dims: frozenset[str], what: str
    ) -> dict[str, str] | None:
        """The points that ``[axis: point]`` chooses; None after a message."""
        chosen: dict[str, str] = {}
        for entry in unique_entries(self, entries):
            if not self._varies(entry.name, entry.name_span, dims, what):
                return None
            point = self.point(entry.name, entry.value)
            if point is None:
                return None
            chosen[entry.name] = point
        return chosen

    def _varies(self, axis: str, span: Span, dims: frozenset[str], what: str) -> bool:
        if axis not in self.scope.axes:
            near = nearest_names(axis, self.scope.axes)
            known = ", ".join(self.scope.axes) or "none"
            advice = f"axes of this spec: {known}"
            self.found.add(names.UnknownAxis(span=span, name=axis, near=near, advice=advice))
            return False
        if axis not in dims:
            listed = ", ".join(sorted(dims)) or "no axis"
            advice = f"{what} varies over {listed}"
            self.found.add(types.DoesNotVary(span=span, what=what, axis=axis, advice=advice))
            return False
        return True

    def point(self, axis: str, expr: nodes.Expr) -> str | None:
        """A point of an axis by its name, its value or its variant's name."""
        points = self.scope.axes[axis].points
        wanted = point_name(expr)
        text = expression_text(expr)
        for name, value in points.items():
            if text == expression_text(value) or (wanted == name and text in (name, f"{name}()")):
                return name
        if wanted in points and isinstance(expr, nodes.Name | nodes.Literal):
            return wanted
        shown = ", ".join(list(points)[:12]) + (", …" if len(points) > 12 else "")
        self.found.add(
            names.UnknownPoint(
                span=expr.span,
                axis=axis,
                point=text,
                points=shown,
                near=nearest_names(wanted, points),
            )
        )
        return None

    # Calls

    def _call(self, expr: nodes.Call) -> tuple[Term, Kind] | None:
        op = self.operation(expr)
        if op is None:
            return None
        if op.result is Kind.METRIC:
            self.found.add(types.NeedsMeasure(span=expr.span, op=op.name))
            return None
        term = self.call(expr, op)
        return (term, op.result) if term else None

    def operation(self, expr: nodes.Call) -> sig.OpSignature | None:
        """The operation that a call names; None after a message."""
        if isinstance(expr.callee, nodes.Field):
            advice = "sub-graphs (`def`, `import`) come with the next version"
            self.found.add(
                names.NotYet(span=expr.callee.span, word=expression_text(expr.callee), advice=advice)
            )
            return None
        name = expr.callee.name
        op = self.signatures.op(name)
        if op is None:
            known = [*self.signatures.ops, *self.signatures.aliases]
            near = nearest_names(name, known)
            self.found.add(names.UnknownOperation(span=expr.callee.span, name=name, near=near))
        return op

    def call(self, expr: nodes.Call, op: sig.OpSignature) -> Apply | None:
        """A call checked against its signature."""
        by_position = [port.name for port in op.ports if not port.optional and not port.on]
        by_position += [p.name for p in op.params if p.default is REQUIRED]
        ports = [port for port in op.ports if not port.on]
        every = [*(port.name for port in ports), *(param.name for param in op.params)]
        many = next((port.name for port in ports if port.many), "")
        arguments = self.bind(expr, by_position, every, op.name, many, op)
        params = [param for param in op.params if not isinstance(param.type, sig.AxesOf)]
        over = self._over(arguments.pop("over", None)) if op.reduces else ()
        terms = self.fill(expr, op.name, ports, params, arguments, op)
        if terms is None or over is None:
            return None
        edges, values = _split(terms, {port.name for port in ports})
        if not self._reduces(edges, ports, over, expr):
            return None
        return self.apply(op.name, edges, values, expr, over)

    def apply(
        self,
        op: str,
        ports: Mapping[str, tuple[Term, ...]],
        params: Mapping[str, Term],
        expr: nodes.Expr,
        over: tuple[str, ...] = (),
        text: str = "",
    ) -> Apply:
        """A call term, with defaults for parameters that are not given."""
        signature = self.signatures.ops[op]
        defaults = {
            p.name: Const(p.default, given=False)
            for p in signature.params
            if not isinstance(p.type, sig.AxesOf)
        }
        written = expression_text(expr.callee) if isinstance(expr, nodes.Call) else op
        shown = text or expression_text(expr)
        return Apply(signature, ports, {**defaults, **params}, over, shown, written, expr.span)

    def _over(self, given: Any) -> tuple[str, ...] | None:
        """The axes named by ``over:``."""
        if given is None:
            return ()
        items = given.items if isinstance(given, nodes.ListExpr) else (given,)
        for item in items:
            if not isinstance(item, nodes.Name) or item.name not in self.scope.axes:
                near = nearest_names(expression_text(item), self.scope.axes)
                advice = f"axes of this spec: {', '.join(self.scope.axes) or 'none'}"
                text = expression_text(item)
                self.found.add(
                    names.UnknownAxis(span=item.span, name=text, near=near, advice=advice)
                )
                return None
        return tuple(item.name for item in items)

    def _reduces(
        self,
        edges: Mapping[str, tuple[Term, ...]],
        ports: Sequence[sig.Port],
        over: tuple[str, ...],
        expr: nodes.Call,
    ) -> bool:
        """Whether the reduced axes are there to be reduced."""
        listed = [t for port in ports if port.many for t in edges.get(port.name, ())]
        dims = frozenset(d for term in listed for d in term_dims(term, self.bindings))
        span = next((e.value.span for e in expr.named if e.name == "over"), expr.span)
        what = f"`{expression_text(expr)}`"
        return all(self._varies(axis, span, dims, what) for axis in over)

    def bind(
        self,
        expr: nodes.Call,
        by_position: Sequence[str],
        every: Sequence[str],
        name: str,
        many: str = "",
        op: sig.OpSignature | None = None,
    ) -> dict[str, Any]:
        """Arguments by name. A port that takes a list gathers the positional rest."""
        arguments: dict[str, Any] = {}
        slots = list(by_position)
        shown = signature_text(op) if op else f"{name}({', '.join(every)})"
        for value in expr.positional:
            if slots and slots[0] == many:
                arguments.setdefault(many, []).append(value)
            elif slots:
                arguments[slots.pop(0)] = value
            else:
                limit = f"{len(by_position)} argument{'s' if len(by_position) != 1 else ''}"
                self.found.add(
                    types.TooManyArguments(span=value.span, op=name, limit=limit, signature=shown)
                )
        for entry in unique_entries(self, expr.named):
            if entry.name not in every:
                near = nearest_names(entry.name, every)
                self.found.add(
                    types.UnknownArgument(
                        span=entry.name_span, op=name, name=entry.name, signature=shown, near=near
                    )
                )
            elif entry.name in arguments and not entry.overrides:
                self.found.add(names.DuplicateLabel(span=entry.name_span, name=entry.name))
            else:
                arguments[entry.name] = entry.value
        return arguments

    def fill(
        self,
        expr: nodes.Call,
        name: str,
        ports: Sequence[sig.Port],
        params: Sequence[sig.Param],
        arguments: Mapping[str, Any],
        op: sig.OpSignature | None = None,
    ) -> dict[str, Any] | None:
        """Check all arguments and fill in defaults; None after a message.

        Ports of an operation give tuples of terms, those of a variant a single term.
        """
        terms: dict[str, Any] = {}
        complete = not any(key not in _names(ports, params) for key in arguments)
        for port in ports:
            given = arguments.get(port.name)
            if given is None:
                complete = self._absent(expr, name, port, op) and complete
                continue
            checked = self.port_terms(given, port, name)
            complete = complete and checked is not None
            terms[port.name] = checked if op else (checked or (None,))[0]
        for param in params:
            term = self._param(expr, name, param, arguments.get(param.name), op)
            complete = complete and term is not None
            terms[param.name] = term
        return terms if complete else None

    def _absent(
        self, expr: nodes.Call, name: str, port: sig.Port, op: sig.OpSignature | None
    ) -> bool:
        if port.optional:
            return True
        self._missing(expr, name, port.name, f"{port.kind}", op)
        return False

    def _missing(
        self, expr: nodes.Call, name: str, missing: str, expected: str, op: sig.OpSignature | None
    ) -> None:
        self.found.add(
            types.MissingArgument(
                span=expr.callee.span,
                op=name,
                name=missing,
                expected=expected,
                signature=signature_text(op) if op else f"{name}({missing}: ...)",
            )
        )

    def _param(
        self,
        expr: nodes.Call,
        name: str,
        param: sig.Param,
        given: nodes.Expr | None,
        op: sig.OpSignature | None,
    ) -> Term | None:
        if given is not None:
            return check_value(self, given, param.type, param.name)
        if param.default is REQUIRED:
            self._missing(expr, name, param.name, type_text(param.type), op)
            return None
        return Const(param.default, given=False)

    def port_terms(self, given: Any, port: sig.Port, op: str) -> tuple[Term, ...] | None:
        """The terms of one port; None after a message."""
        if isinstance(given, nodes.ListExpr) and port.many:
            given = list(given.items)
        if not isinstance(given, list):
            given = [given]
        terms = [self.port_term(item, port, op) for item in given]
        return tuple(t for t in terms if t is not None) if all(terms) else None

    def port_term(self, expr: nodes.Expr, port: sig.Port, op: str) -> Term | None:
        before = len(self.found.all())
        checked = self.edge(expr)
        if checked is None:
            if len(self.found.all()) == before and not self._already_failed(expr):
                self._mismatch(expr, port, op, describe(expr))
            return None
        term, kind = checked
        if is_accepted(kind, port.kind):
            return term
        if (kind, port.kind) in COERCIONS:
            between = COERCIONS[kind, port.kind]
            inner = self.signatures.ops[between].ports[0].name
            text = f"{between}({expression_text(expr)})"
            return self.apply(between, {inner: (term,)}, {}, expr, text=text)
        self._mismatch(expr, port, op, f"`{expression_text(expr)}`, which is {kind}")
        return None

    def _already_failed(self, expr: nodes.Expr) -> bool:
        while isinstance(expr, nodes.Field | nodes.Select):
            expr = expr.base
        failed = self._failed | set(self._open)
        return isinstance(expr, nodes.Name) and (
            expr.name in failed or not self.is_known(expr) or expr.name in self.scope.axes
        ) or isinstance(expr, nodes.Call)

    def _mismatch(self, expr: nodes.Expr, port: sig.Port, op: str, found: str) -> None:
        text = expression_text(expr)
        advice = {
            (Kind.DATA, Kind.LABELS): f"gold labels are `gold({text})`",
            (Kind.PREDICTOR, Kind.LABELS): f"its labels are `label({text}, data.part)`",
            (Kind.DATA, Kind.CORPUS): f"its texts are `corpus({text})`",
        }
        checked = self.edge(expr)
        hint = advice.get((checked[1], port.kind), "") if checked else ""
        self.found.add(
            types.KindMismatch(
                span=expr.span,
                op=op,
                port=port.name,
                expected=f"{port.kind}",
                found=found,
                advice=hint,
            )
        )


def _names(ports: Sequence[sig.Port], params: Sequence[sig.Param]) -> set[str]:
    return {port.name for port in ports} | {param.name for param in params}


def _split(
    terms: Mapping[str, Any], ports: set[str]
) -> tuple[dict[str, tuple[Term, ...]], dict[str, Term]]:
    edges = {name: term for name, term in terms.items() if name in ports}
    return edges, {name: term for name, term in terms.items() if name not in ports}


def _field_names(base: nodes.Expr, scope: Scope) -> list[str]:
    match base:
        case nodes.Record(entries):
            return [entry.name for entry in entries]
        case nodes.Name(name) if name in scope.axes and scope.axes[name].points:
            return _field_names(next(iter(scope.axes[name].points.values())), scope)
        case nodes.Name(name) if name in scope.bindings:
            return _field_names(scope.bindings[name].value, scope)
        case _:
            return []


def signature_text(op: sig.OpSignature) -> str:
    """``name(Kind, param: type)``: an operation's signature in one line."""
    ports = [
        f"{port.name}: {port.kind}{'…' if port.many or port.each else ''}{'?' if port.optional else ''}"
        for port in op.ports
        if not port.on
    ]
    return f"{op.name}({', '.join([*ports, *(param.name + ':' for param in op.params)])})"
