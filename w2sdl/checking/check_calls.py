"""Calls against signatures: arguments bound, checked, and defaults filled in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from w2sdl import signature as sig
from w2sdl.checking import advice
from w2sdl.checking.arguments import fitting_order, listed, placed, signature_text
from w2sdl.checking.chains import unrolled
from w2sdl.checking.check_names import Names
from w2sdl.checking.check_values import check_value, type_text, unique_entries
from w2sdl.errors import names, types
from w2sdl.kinds import COERCIONS, Kind, is_accepted
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import operational_params
from w2sdl.program import Apply, Const, Term, term_dims
from w2sdl.signature import REQUIRED
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text
from w2sdl.wording import how_many

#: Stands for the value of a misspelled argument: it is not checked, and nothing is missing either.
MEANT: Final = object()


class Calls(Names, ABC):
    """Checks calls of operations and variants."""

    @abstractmethod
    def edge(self, expr: nodes.Expr) -> tuple[Term, Kind] | None:
        """An expression as an edge, with its kind; None after a message."""

    @abstractmethod
    def known_kind(self, expr: nodes.Expr) -> Kind | None:
        """The kind of an expression where that is known without checking it."""

    @abstractmethod
    def switch(
        self,
        expr: nodes.Name | nodes.Field,
        axis: str,
        check: Callable[[nodes.Expr], Term | None],
    ) -> Term | None:
        """One term for each point of an axis (or for a field of its points)."""

    def call(self, expr: nodes.Call, op: sig.OpSignature) -> Apply | None:
        """A call checked against its signature."""
        by_position = [port.name for port in op.ports if not port.optional and not port.on]
        by_position += [p.name for p in op.params if p.default is REQUIRED]
        ports = [port for port in op.ports if not port.on]
        every = [*(port.name for port in ports), *(param.name for param in op.params)]
        many = next((port.name for port in ports if port.many), "")
        arguments = self.bind(expr, by_position, every, op.name, many, op)
        if self._out_of_order(expr, op, by_position):
            return None
        params = [param for param in op.params if not isinstance(param.type, sig.AxesOf)]
        over = self.over(arguments.pop("over", None)) if op.reduces else ()
        terms = self.fill(expr, op.name, ports, params, arguments, op)
        if terms is None or over is None:
            return None
        edges, values = _split(terms, {port.name for port in ports})
        if not self.reduces(edges, values, ports, over, expr):
            return None
        made = self.apply(op.name, edges, values, expr, over)
        made = self.run_by(made, self.operational(expr, op), expr)
        return unrolled(self, made, op.chain, self._bound(expr)) if op.chain else made

    def _bound(self, expr: nodes.Call) -> nodes.Binding | None:
        """The binding that is this call."""
        inside = self.scope.bindings.get(self._open[-1]) if self._open else None
        return inside if inside and inside.value is expr else None

    def operational(self, expr: nodes.Call, op: sig.OpSignature) -> dict[str, Term]:
        """The arguments that say how a call is run; those with mistakes are left out."""
        known = {param.name: param for param in operational_params(op)}
        found: dict[str, Term] = {}
        for entry in unique_entries(self, expr.operational):
            term = check_value(self, entry.value, known[entry.name].type, entry.name)
            if term is not None:
                found[entry.name] = term
        return found

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
        every = {**defaults, **params}
        return Apply(signature, ports, every, over, shown, written, expr.span)

    def run_by(self, term: Apply, operational: Mapping[str, Term], expr: nodes.Call) -> Apply:
        """A call with what says how it is run, which may vary over the axes of the call only."""
        dims = term_dims(term, self.bindings)
        for name, request in operational.items():
            for axis in sorted(term_dims(request, self.bindings) - dims):
                span = next(e.value.span for e in expr.operational if e.name == name)
                listed = ", ".join(sorted(dims)) or "no axis"
                advice = f"it varies over {listed}, and `{name}` may vary over nothing else"
                what = f"`{term.written}`, which `{name}` stands in,"
                self.found.add(types.DoesNotVary(span=span, what=what, axis=axis, advice=advice))
        return replace(term, operational=operational) if operational else term

    def reduces(
        self,
        edges: Mapping[str, tuple[Term, ...]],
        values: Mapping[str, Term],
        ports: Sequence[sig.Port],
        over: tuple[str, ...],
        expr: nodes.Call,
    ) -> bool:
        """Whether the reduced axes are there to be reduced, and nowhere else."""
        if not over:
            return True
        single = {port.name for port in ports if not port.many}
        rest = {**values, **{name: t for name in single for t in edges.get(name, ())}}
        for name, term in rest.items():
            for axis in sorted(term_dims(term, self.bindings) & set(over)):
                entry = next((e for e in expr.named if e.name == name), None)
                span = entry.value.span if entry else expr.span
                self.found.add(types.ReducedArgument(span=span, name=name, axis=axis))
                return False
        listed = [t for port in ports if port.many for t in edges.get(port.name, ())]
        dims = frozenset(d for term in listed for d in term_dims(term, self.bindings))
        span = next((e.value.span for e in expr.named if e.name == "over"), expr.span)
        what = "what is reduced here"
        return all(self.varies(axis, span, dims, what) for axis in over)

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
        for entry in expr.operational if op is None else ():
            self.found.add(types.NotOperational(span=entry.name_span, name=entry.name, what=name))
        shown = signature_text(op) if op else f"{name}({', '.join(every)})"
        arguments, beyond = placed(expr, by_position, many, op)
        limit = how_many(len(by_position), "argument")
        for value in beyond:
            self.found.add(
                types.TooManyArguments(span=value.span, op=name, limit=limit, signature=shown)
            )
        meant: dict[str, Any] = {}
        for entry in unique_entries(self, expr.named):
            if entry.name not in every:
                near = nearest_names(entry.name, every)
                meant |= dict.fromkeys(near[:1], MEANT)  # so that it is not missing as well
                self._unknown_argument(entry, name, shown, near, op)
            elif entry.name in arguments and not entry.overrides:
                self.found.add(names.DuplicateLabel(span=entry.name_span, name=entry.name))
            else:
                arguments[entry.name] = entry.value
        return {**meant, **arguments}

    def _unknown_argument(
        self,
        entry: nodes.Entry,
        name: str,
        shown: str,
        near: tuple[str, ...],
        op: sig.OpSignature | None,
    ) -> None:
        hint = ""
        if op is not None and not near:
            hint = advice.another_place(entry.name, op, self.signatures)
        self.found.add(
            types.UnknownArgument(
                span=entry.name_span,
                op=name,
                name=entry.name,
                signature=shown,
                near=near,
                advice=hint,
            )
        )

    def _out_of_order(
        self, expr: nodes.Call, op: sig.OpSignature, by_position: Sequence[str]
    ) -> bool:
        """Report nodes that fit in another order, or if one more stood before them: one message."""
        named = {entry.name for entry in expr.named}
        places = [n for n in by_position if n not in named]
        ports = tuple(port for n in places for port in op.ports if port.name == n)
        kinds = [self.known_kind(value) for value in expr.positional[: len(ports)]]
        known = [kind for kind in kinds if kind is not None]
        fitting = fitting_order(known, ports) if len(known) == len(kinds) else None
        if fitting is None:
            return False
        order, left = fitting
        if left:
            port = next(port for port in ports if port.name == left[0])
            self.missing(expr, op.name, port.name, f"{port.kind}", op)
            return True
        texts = [expression_text(expr.positional[order.index(n)]) for n in range(len(order))]
        shown = f"{expression_text(expr.callee)}({', '.join(texts)}{', ...' if expr.named else ''})"
        wrong = next(n for n, at in enumerate(order) if at != n)
        value = expr.positional[wrong]
        found = f"`{expression_text(value)}`, which is {known[wrong]}"
        self.report_mismatch(value, ports[wrong], op.name, found, f"in order: `{shown}`")
        return True

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
            if given is MEANT:
                complete = False
                continue
            checked = self.port_terms(given, port, name)
            complete = complete and checked is not None
            terms[port.name] = checked if op else (checked or (None,))[0]
        for param in params:
            term = self.param(expr, name, param, arguments.get(param.name), op)
            complete = complete and term is not None
            terms[param.name] = term
        return terms if complete else None

    def _absent(
        self, expr: nodes.Call, name: str, port: sig.Port, op: sig.OpSignature | None
    ) -> bool:
        if port.optional:
            return True
        self.missing(expr, name, port.name, f"{port.kind}", op)
        return False

    def missing(
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

    def param(
        self,
        expr: nodes.Call,
        name: str,
        param: sig.Param,
        given: Any,
        op: sig.OpSignature | None,
    ) -> Term | None:
        if given is MEANT:
            return None
        if given is not None:
            return check_value(self, given, param.type, param.name)
        if param.default is REQUIRED:
            self.missing(expr, name, param.name, type_text(param.type), op)
            return None
        return Const(param.default, given=False)

    def port_terms(self, given: Any, port: sig.Port, op: str) -> tuple[Term, ...] | None:
        """The terms of one port; None after a message."""
        given = given if isinstance(given, list) else [given]
        if port.many:
            given = [item for one in given for item in listed(one)]
        terms = [self.port_term(item, port, op) for item in given]
        return tuple(t for t in terms if t is not None) if all(terms) else None

    def port_term(self, expr: nodes.Expr, port: sig.Port, op: str) -> Term | None:
        between = COERCIONS.get((Kind.DATA, port.kind))
        if isinstance(expr, nodes.ListExpr) and between is not None:
            return self._items_of(expr, between, op)
        before = self.found.told
        checked = self.edge(expr)
        if checked is None:
            if self.found.told == before and not self._already_failed(expr):
                value = self._value_of(expr)
                found = describe(expr) if value is expr else f"`{expression_text(expr)}`"
                found += "" if value is expr else f", which is {describe(value)}"
                hint = advice.instead_of_value(value, port.kind, self.signatures)
                self.report_mismatch(expr, port, op, found, hint)
            return None
        term, kind = checked
        if is_accepted(kind, port.kind):
            return term
        if (kind, port.kind) in COERCIONS:
            between = COERCIONS[kind, port.kind]
            inner = self.signatures.ops[between].ports[0].name
            text = f"{between}({expression_text(expr)})"
            return self.apply(between, {inner: (term,)}, {}, expr, text=text)
        found = f"`{expression_text(expr)}`, which is {kind}"
        self.report_mismatch(expr, port, op, found, advice.made_of(kind, port.kind, expr))
        return None

    def _items_of(self, expr: nodes.ListExpr, between: str, op: str) -> Term | None:
        """``[qa.transfer, qa.test]`` where items are wanted: the items of all of them."""
        signature = self.signatures.ops[between]
        inner = signature.ports[0]
        terms = [self.port_term(item, inner, op) for item in expr.items]
        if not expr.items or not all(terms):
            return None
        text = f"{between}({expression_text(expr)})"
        edges = {inner.name: tuple(term for term in terms if term is not None)}
        return self.apply(between, edges, {}, expr, text=text)

    def _value_of(self, expr: nodes.Expr) -> nodes.Expr:
        """The plain value that a name stands for; anything else as it is."""
        while isinstance(expr, nodes.Name) and expr.name in self.scope.bindings:
            expr = self.scope.bindings[expr.name].value
        return expr

    def _already_failed(self, expr: nodes.Expr) -> bool:
        """Whether what an expression stands for has a message, here or where it is declared."""
        match expr:
            case nodes.Select(base):  # a selection of a node has a message of its own
                return self.is_node(base) or self._already_failed(base)
            case nodes.Field(base, name):
                inner = self.field_values(base, name)
                return any(map(self._already_failed, inner or [base]))
            case nodes.Name(name):
                # An axis of nodes has messages of its own; one of values is an axis of another sort.
                is_axis = name in self.scope.axes and self.is_node(expr)
                failed = name in self._failed or name in self._open
                return failed or is_axis or not self.is_known(expr)
            case _:
                return isinstance(expr, nodes.Call)

    def report_mismatch(
        self,
        expr: nodes.Expr,
        port: sig.Port,
        op: str,
        found: str,
        hint: str,
        expected: str = "",
    ) -> None:
        """Say that a port takes nodes of another kind."""
        self.found.add(
            types.KindMismatch(
                span=expr.span,
                op=op,
                port=port.name,
                expected=expected or f"{port.kind}",
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
