"""Calls against signatures: arguments bound, checked, and defaults filled in."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from w2sdl import signature as sig
from w2sdl.checking import advice
from w2sdl.checking.arguments import fitting_order, placed, signature_text
from w2sdl.checking.chains import unrolled
from w2sdl.checking.check_ports import Ports
from w2sdl.checking.check_values import check_value
from w2sdl.checking.type_text import type_text
from w2sdl.errors import names, types
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import operational_params
from w2sdl.program import Apply, Const, Term, term_dims
from w2sdl.signature import REQUIRED
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text
from w2sdl.wording import how_many

#: Stands for the value of a misspelled argument: it is not checked, and nothing is missing either.
MEANT: Final = object()


class Calls(Ports, ABC):
    """Checks calls of operations and variants."""

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
        for entry in self.unique_entries(expr.operational):
            term = check_value(self, entry.value, known[entry.name].type, entry.name)
            if term is not None:
                found[entry.name] = term
        return found

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
        for entry in self.unique_entries(expr.named):
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


def _names(ports: Sequence[sig.Port], params: Sequence[sig.Param]) -> set[str]:
    return {port.name for port in ports} | {param.name for param in params}


def _split(
    terms: Mapping[str, Any], ports: set[str]
) -> tuple[dict[str, tuple[Term, ...]], dict[str, Term]]:
    edges = {name: term for name, term in terms.items() if name in ports}
    return edges, {name: term for name, term in terms.items() if name not in ports}
