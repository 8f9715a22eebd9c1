"""Calls against signatures: arguments bound, checked, and defaults filled in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from w2sdl import signature as sig
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


class Calls(Names, ABC):
    """Checks calls of operations and variants."""

    @abstractmethod
    def edge(self, expr: nodes.Expr) -> tuple[Term, Kind] | None:
        """An expression as an edge, with its kind; None after a message."""

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
        arguments, beyond = _placed(expr, by_position, many, op)
        limit = how_many(len(by_position), "argument")
        for value in beyond:
            self.found.add(
                types.TooManyArguments(span=value.span, op=name, limit=limit, signature=shown)
            )
        meant: dict[str, Any] = {}
        for entry in unique_entries(self, expr.named):
            if entry.name not in every:
                near = nearest_names(entry.name, every)
                meant |= dict.fromkeys(near[:1], entry.value)  # so that it is not missing as well
                self.found.add(
                    types.UnknownArgument(
                        span=entry.name_span, op=name, name=entry.name, signature=shown, near=near
                    )
                )
            elif entry.name in arguments and not entry.overrides:
                self.found.add(names.DuplicateLabel(span=entry.name_span, name=entry.name))
            else:
                arguments[entry.name] = entry.value
        return {**meant, **arguments}

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
        given: nodes.Expr | None,
        op: sig.OpSignature | None,
    ) -> Term | None:
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
            given = [item for one in given for item in _items(one)]
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

    def _already_failed(self, expr: nodes.Expr) -> bool:
        while isinstance(expr, nodes.Field | nodes.Select):
            if isinstance(expr, nodes.Select) and self.is_node(expr.base):
                return True  # the selection has a message of its own
            expr = expr.base
        if not isinstance(expr, nodes.Name):
            return isinstance(expr, nodes.Call)
        is_failed = expr.name in self._failed or expr.name in self._open
        # An axis of nodes has messages of its own; one of values is an axis of another sort.
        is_axis = expr.name in self.scope.axes and self.is_node(expr)
        return is_failed or is_axis or not self.is_known(expr)

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


def _items(expr: nodes.Expr) -> tuple[nodes.Expr, ...]:
    return expr.items if isinstance(expr, nodes.ListExpr) else (expr,)


def _placed(
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


def _names(ports: Sequence[sig.Port], params: Sequence[sig.Param]) -> set[str]:
    return {port.name for port in ports} | {param.name for param in params}


def _split(
    terms: Mapping[str, Any], ports: set[str]
) -> tuple[dict[str, tuple[Term, ...]], dict[str, Term]]:
    edges = {name: term for name, term in terms.items() if name in ports}
    return edges, {name: term for name, term in terms.items() if name not in ports}


def signature_text(op: sig.OpSignature) -> str:
    """``name(Kind, param: type)``: an operation's signature in one line."""
    ports = [
        f"{port.name}: {port.kind}{'…' if port.many or port.each else ''}{'?' if port.optional else ''}"
        for port in op.ports
        if not port.on
    ]
    return f"{op.name}({', '.join([*ports, *(param.name + ':' for param in op.params)])})"
