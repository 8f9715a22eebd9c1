"""Check ``measure``: which nodes hold the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl import signature as sig
from w2sdl.checking.advice import made_of
from w2sdl.checking.check_calls import MEANT
from w2sdl.checking.check_edges import Checker
from w2sdl.errors import types
from w2sdl.kinds import Kind
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import MeasureCell, MeasureDecl, Term, term_dims
from w2sdl.signature import REQUIRED
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text


def check_measure(cx: Checker, declaration: nodes.Measure) -> MeasureDecl | None:
    """A measure as cells: one for each argument of an ``each`` port, or a single one."""
    call = declaration.value
    op = _metric(cx, call)
    on = cx.port_term(declaration.on, sig.Port("on", Kind.DATA), "measure")
    if op is None or on is None or not isinstance(call, nodes.Call):
        return None
    return _Measuring(cx, declaration, call, op, on).declare()


def _metric(cx: Checker, call: nodes.Expr) -> sig.OpSignature | None:
    known = [o.name for o in cx.signatures.ops.values() if o.result is Kind.METRIC]
    if not isinstance(call, nodes.Call):
        shown = ", ".join(known)
        cx.found.add(types.NotAMeasure(span=call.span, found=describe(call), known=shown))
        return None
    op = cx.operation(call)
    if op is not None and op.result is not Kind.METRIC:
        cx.found.add(
            types.NotAMeasure(
                span=call.callee.span,
                found=op.name,
                known=", ".join(known),
                near=nearest_names(op.name, known),
            )
        )
        return None
    return op


def _wanted(port: sig.Port) -> str:
    """What stands in a port of a metric: a predictor, too, which is measured through its labels."""
    return "Predictor or Labels" if port.kind is Kind.LABELS else f"{port.kind}"


class _Measuring:
    """One measure being checked: its predictors become labels of the measured part."""

    def __init__(
        self,
        cx: Checker,
        declaration: nodes.Measure,
        call: nodes.Call,
        op: sig.OpSignature,
        on: Term,
    ) -> None:
        self.cx = cx
        self.declaration = declaration
        self.call = call
        self.op = op
        self.on = on
        self.on_text = expression_text(declaration.on)
        self.operational = cx.operational(call, op)

    def declare(self) -> MeasureDecl | None:
        each = next((port for port in self.op.ports if port.each), None)
        bound = self._bind(each)
        terms = self._ports(bound, each)
        params = self._params(bound)
        over = self.cx.over(bound.get("over")) if self.op.reduces else ()
        if terms is None or params is None or over is None:
            return None
        cells = self._cells(each, bound, terms, params, over)
        if cells is None:
            return None
        return MeasureDecl(
            self.declaration.name,
            self.op.name,
            self.on_text,
            {name: self._text(value) for name, value in bound.items() if name != "over"},
            over,
            tuple(cells),
            self.declaration.span,
            self.declaration.waivers,
            self.op.facets,
            each.name if each else "",
        )

    def _text(self, value: Any) -> str:
        items = value if isinstance(value, list) else [value]
        return ", ".join(expression_text(item) for item in items)

    def _bind(self, each: sig.Port | None) -> dict[str, Any]:
        ports = [port.name for port in self.op.ports if not port.on]
        by_position = [each.name] if each else ports
        every = [*ports, *(param.name for param in self.op.params)]
        return self.cx.bind(
            self.call, by_position, every, self.op.name, each.name if each else "", self.op
        )

    def _ports(
        self, bound: Mapping[str, Any], each: sig.Port | None
    ) -> dict[str, tuple[Term, ...]] | None:
        terms: dict[str, tuple[Term, ...]] = {}
        complete = True
        for port in self.op.ports:
            if port.on:
                terms[port.name] = (self._gold(),)
                continue
            given = bound.get(port.name)
            if given is None:
                if not port.optional:
                    self.cx.missing(self.call, self.op.name, port.name, _wanted(port), self.op)
                    complete = False
                continue
            if given is MEANT:
                complete = False
                continue
            items = given if isinstance(given, list) else [given]
            found = [self._measured(item, port) for item in items]
            complete = complete and all(found)
            terms[port.name] = tuple(term for term in found if term is not None)
        return terms if complete else None

    def _gold(self) -> Term:
        text = f"gold({self.on_text})"
        return self.cx.apply("gold", {"data": (self.on,)}, {}, self.declaration.on, text=text)

    def _measured(self, expr: nodes.Expr, port: sig.Port) -> Term | None:
        """A predictor is measured through its labels of the part; labels are taken as they are."""
        checked = self.cx.edge(expr) if self.cx.is_node(expr) else None
        if checked is None or port.kind is not Kind.LABELS or checked[1] is Kind.LABELS:
            return self.cx.port_term(expr, port, self.op.name)
        if checked[1] is not Kind.PREDICTOR:
            found = f"`{expression_text(expr)}`, which is {checked[1]}"
            hint = made_of(checked[1], Kind.PREDICTOR, expr) or made_of(checked[1], port.kind, expr)
            self.cx.report_mismatch(expr, port, self.op.name, found, hint, _wanted(port))
            return None
        items_text = f"items({self.on_text})"
        items = self.cx.apply(
            "items", {"data": (self.on,)}, {}, self.declaration.on, text=items_text
        )
        text = f"label({expression_text(expr)}, {self.on_text})"
        ports = {"predictor": (checked[0],), "items": (items,)}
        return self.cx.apply("label", ports, {}, expr, text=text)

    def _params(self, bound: Mapping[str, Any]) -> dict[str, Term] | None:
        terms: dict[str, Term] = {}
        complete = True
        for param in self.op.params:
            if isinstance(param.type, sig.AxesOf):
                continue
            if bound.get(param.name) is None and param.default is not REQUIRED:
                continue
            term = self.cx.param(self.call, self.op.name, param, bound.get(param.name), self.op)
            complete = complete and term is not None
            if term is not None:
                terms[param.name] = term
        return terms if complete else None

    def _cells(
        self,
        each: sig.Port | None,
        bound: Mapping[str, Any],
        terms: dict[str, tuple[Term, ...]],
        params: dict[str, Term],
        over: tuple[str, ...],
    ) -> list[MeasureCell] | None:
        if each is None:
            if not self.cx.reduces(terms, params, self.op.ports, over, self.call):
                return None
            return [self._cell("", terms, params, over, expression_text(self.call))]
        given = bound.get(each.name, [])
        items = given if isinstance(given, list) else [given]
        cells = []
        for expr, term in zip(items, terms.get(each.name, ()), strict=True):
            of = expression_text(expr)
            ports = {**terms, each.name: (term,)}
            cells.append(self._cell(of, ports, params, over, f"{self.op.name}({of})"))
        return cells

    def _cell(
        self,
        of: str,
        ports: dict[str, tuple[Term, ...]],
        params: dict[str, Term],
        over: tuple[str, ...],
        text: str,
    ) -> MeasureCell:
        term = self.cx.apply(
            self.op.name, ports, params, self.call, over, f"{self.declaration.name}.{text}"
        )
        term = self.cx.run_by(term, self.operational, self.call)
        order = list(self.cx.scope.axes)
        dims = sorted(term_dims(term, self.cx.bindings), key=order.index)
        return MeasureCell(of, term, tuple(dims))
