"""Check ``measure`` and ``expect``: which nodes hold the numbers, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl import signature as sig
from w2sdl.checking.check_edges import Checker
from w2sdl.checking.check_values import constant
from w2sdl.errors import names, types
from w2sdl.kinds import Kind
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import Apply, Const, ExpectDecl, MeasureCell, MeasureDecl, Term, term_dims
from w2sdl.signature import REQUIRED
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text

#: What an expectation may reduce a measure with; judged after the run.
STATISTICS = ("mean", "median", "min", "max", "std")


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
                    self.cx.missing(self.call, self.op.name, port.name, "Predictor", self.op)
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
            wanted = sig.Port(port.name, Kind.PREDICTOR)
            return self.cx.port_term(expr, wanted, self.op.name)
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


def check_expectation(
    cx: Checker, declaration: nodes.Expect, measures: Mapping[str, MeasureDecl]
) -> ExpectDecl | None:
    """An expectation as a JSON tree over measures (see `w2sdl.program.ExpectDecl`)."""
    left = _expected(cx, declaration.left, measures)
    right = _expected(cx, declaration.right, measures)
    if left is None or right is None:
        return None
    if _is_constant(left) and _is_constant(right):
        reason = "both sides are numbers"
        cx.found.add(types.BadExpectation(span=declaration.span, reason=reason))
        return None
    for tree, bound, expr in ((left, right, declaration.right), (right, left, declaration.left)):
        _check_range(cx, tree, bound, measures, expr)
    texts = (expression_text(declaration.left), expression_text(declaration.right))
    tree = {"compare": declaration.sign, "left": left, "right": right}
    text = f"{texts[0]} {declaration.sign} {texts[1]}"
    return ExpectDecl(declaration.name, text, tree, declaration.span)


def _is_constant(tree: Mapping[str, Any]) -> bool:
    if "arith" in tree:
        return _is_constant(tree["left"]) and _is_constant(tree["right"])
    return "number" in tree


def _check_range(
    cx: Checker,
    tree: Mapping[str, Any],
    bound: Mapping[str, Any],
    measures: Mapping[str, MeasureDecl],
    expr: nodes.Expr,
) -> None:
    """A share compared with 60 was meant to be compared with 60 %."""
    while "call" in tree and tree["call"] != "std":
        tree = tree["value"]
    if "table" not in tree or "number" not in bound:
        return
    measure = measures[tree["table"]]
    limits = cx.signatures.ops[measure.op].limits
    if limits is None or limits[0] <= bound["number"] <= limits[1]:
        return
    percent = f"{bound['number']:g}%" if 1 < bound["number"] <= 100 * limits[1] else ""
    cx.found.add(
        types.OutOfReach(
            span=expr.span,
            measure=measure.name,
            low=limits[0],
            high=limits[1],
            number=expression_text(expr),
            advice=f"write `{percent}`" if percent else "",
        )
    )


def _expected(
    cx: Checker, expr: nodes.Expr, measures: Mapping[str, MeasureDecl]
) -> dict[str, Any] | None:
    value = constant(expr)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"number": value}
    match expr:
        case nodes.Arithmetic(sign, left, right):
            terms = [_expected(cx, side, measures) for side in (left, right)]
            if None in terms:
                return None
            return {"arith": sign, "left": terms[0], "right": terms[1]}
        case nodes.Call(nodes.Name(name)) if name in STATISTICS:
            return _statistic(cx, expr, measures)
        case nodes.Name():
            return _table(cx, expr, (), measures)
        case nodes.Select(nodes.Name() as base, entries):
            return _table(cx, base, entries, measures)
    reason = f"{describe(expr)} is not measured"
    near: tuple[str, ...] = ()
    if isinstance(expr, nodes.Call):
        near = nearest_names(expression_text(expr.callee), STATISTICS)
    cx.found.add(types.BadExpectation(span=expr.span, reason=reason, near=near))
    return None


def _statistic(
    cx: Checker, expr: nodes.Call, measures: Mapping[str, MeasureDecl]
) -> dict[str, Any] | None:
    bound = cx.bind(expr, ["value"], ["value", "over"], expression_text(expr.callee))
    over = cx.over(bound.get("over"))
    if "value" not in bound or "over" not in bound or over is None:
        if "value" not in bound or "over" not in bound:
            reason = f"{describe(expr)} needs a measure and `over: axis`"
            cx.found.add(types.BadExpectation(span=expr.span, reason=reason))
        return None
    value = _expected(cx, bound["value"], measures)
    if value is None:
        return None
    dims = free_dims(value, measures)
    span = next(e.value.span for e in expr.named if e.name == "over")
    what = f"`{expression_text(bound['value'])}`"
    if not all(cx.varies(axis, span, dims, what) for axis in over):
        return None
    return {"call": expression_text(expr.callee), "value": value, "over": list(over)}


def free_dims(tree: Mapping[str, Any], measures: Mapping[str, MeasureDecl]) -> frozenset[str]:
    """The axes that an expectation's term still varies over (``of`` is not an axis)."""
    if "number" in tree:
        return frozenset()
    if "call" in tree:
        return free_dims(tree["value"], measures) - set(tree["over"])
    if "table" in tree:
        return _table_dims(measures[tree["table"]], tree["select"])
    return free_dims(tree["left"], measures) | free_dims(tree["right"], measures)


def _table_dims(measure: MeasureDecl, select: Mapping[str, str]) -> frozenset[str]:
    cells = [c for c in measure.cells if "of" not in select or c.of == select["of"]]
    return frozenset(dim for cell in cells for dim in cell.dims) - set(select)


def _table(
    cx: Checker,
    base: nodes.Name,
    entries: tuple[nodes.Entry, ...],
    measures: Mapping[str, MeasureDecl],
) -> dict[str, Any] | None:
    measure = measures.get(base.name)
    if measure is None:
        if base.name in cx.scope.measures or base.name in cx.scope.broken:
            return None  # it has mistakes of its own
        reason = f"`{base.name}` is not a measure"
        near = nearest_names(base.name, measures)
        cx.found.add(types.BadExpectation(span=base.span, reason=reason, near=near))
        return None
    select: dict[str, str] = {}
    of = next((entry for entry in entries if entry.name == "of"), None)
    if of is not None:
        select["of"] = expression_text(of.value)
        known = [cell.of for cell in measure.cells]
        if select["of"] not in known:
            reason = f"`{measure.name}` does not measure `{select['of']}`"
            near = nearest_names(select["of"], known)
            advice = f"it measures {', '.join(f'`{name}`' for name in known)}"
            cx.found.add(
                types.BadExpectation(span=of.value.span, reason=reason, near=near, advice=advice)
            )
            return None
    elif len(measure.cells) > 1:
        known = [cell.of for cell in measure.cells]
        reason = f"`{measure.name}` measures {len(known)} things"
        every = " or ".join(f"`{measure.name}[of: {name}]`" for name in known)
        cx.found.add(
            types.BadExpectation(span=base.span, reason=reason, advice=f"choose one: {every}")
        )
        return None
    facets = [entry for entry in entries if entry.name in measure.facets]
    facet = _facet(cx, facets[0], measure) if facets else ""
    rest = tuple(entry for entry in entries if entry.name != "of" and entry not in facets)
    chosen = cx.select(rest, _table_dims(measure, select), f"`{base.name}`")
    if chosen is None or facet is None:
        return None
    tree = {"table": base.name, "select": {**select, **chosen}}
    return {**tree, "facet": facet} if facet else tree


def _facet(cx: Checker, entry: nodes.Entry, measure: MeasureDecl) -> str | None:
    """A part of the measured rows that the metric gives a value for: ``among: supervisor_wrong``."""
    known = measure.facets[entry.name]
    text = expression_text(entry.value)
    if text in known:
        return text
    cx.found.add(
        names.UnknownPoint(
            span=entry.value.span,
            axis=entry.name,
            point=text,
            points=", ".join(known),
            near=nearest_names(text, known),
        )
    )
    return None


__all__ = ["STATISTICS", "Apply", "Const", "check_expectation", "check_measure", "free_dims"]
