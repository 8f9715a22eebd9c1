"""What stands on the edges of a call: the nodes of each port, of the right kind or made so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from w2sdl import signature as sig
from w2sdl.checking import advice
from w2sdl.checking.arguments import listed
from w2sdl.checking.check_names import Names
from w2sdl.errors import types
from w2sdl.kinds import COERCIONS, Kind, is_accepted
from w2sdl.program import Apply, Const, Term
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text


class Ports(Names, ABC):
    """Checks the nodes that calls are given."""

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
