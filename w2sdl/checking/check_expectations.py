"""Check the terms of ``expect``: numbers, measures and statistics of them, as JSON trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl.checking.check_calls import MEANT
from w2sdl.checking.check_edges import Checker
from w2sdl.checking.check_values import constant
from w2sdl.errors import names, types
from w2sdl.kinds import Kind
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import MeasureDecl
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text

#: What an expectation may reduce a measure with; judged after the run.
STATISTICS = ("mean", "median", "min", "max", "std")
#: Claims by themselves, of how a term goes along an axis.
TRENDS = ("rises", "falls")


def check_term(
    cx: Checker, expr: nodes.Expr, measures: Mapping[str, MeasureDecl]
) -> dict[str, Any] | None:
    """One side of a comparison as a tree; None after a message."""
    value = constant(expr)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"number": value}
    match expr:
        case nodes.Arithmetic(sign, left, right):
            terms = [check_term(cx, side, measures) for side in (left, right)]
            if None in terms:
                return None
            return {"arith": sign, "left": terms[0], "right": terms[1]}
        case nodes.Call(nodes.Name(name)) if name in STATISTICS:
            return _statistic(cx, expr, measures)
        case nodes.Name():
            return _table(cx, expr, (), measures)
        case nodes.Select(nodes.Name() as base, entries):
            return _table(cx, base, entries, measures)
    _refuse_unmeasured(cx, expr)
    return None


def _refuse_unmeasured(cx: Checker, expr: nodes.Expr) -> None:
    """A metric needs a name before it is compared; a statistic may be misspelled."""
    reason = f"{describe(expr)} is not measured"
    about: dict[str, Any] = {}
    if isinstance(expr, nodes.Call):
        name = expression_text(expr.callee)
        op = cx.signatures.op(name)
        if name in TRENDS:
            reason = f"`{name}` is a claim by itself, and no number"
            about = {"advice": f"write `expect name: {expression_text(expr)}`", "short": "a claim"}
        elif op is not None and op.result is Kind.METRIC:
            call = f"measure name = {expression_text(expr)} on data.part"
            about = {"advice": f"give it a name, `{call}`, and compare that"}
        else:
            about = {"near": nearest_names(name, (*STATISTICS, *TRENDS))}
    cx.found.add(types.BadExpectation(span=expr.span, reason=reason, **about))


def _statistic(
    cx: Checker, expr: nodes.Call, measures: Mapping[str, MeasureDecl]
) -> dict[str, Any] | None:
    bound = cx.bind(expr, ["value"], ["value", "over"], expression_text(expr.callee))
    if "value" not in bound or "over" not in bound:
        name, of = expression_text(expr.callee), bound.get("value")
        shown = expression_text(of) if isinstance(of, nodes.Expr) else "measure"
        reason = f"{describe(expr)} needs a measure and `over: axis`"
        advice = f"write `{name}({shown}, over: axis)`, with an axis that it varies over"
        if bound.get("over") is not MEANT:
            cx.found.add(types.BadExpectation(span=expr.span, reason=reason, advice=advice))
        return None
    over = cx.over(bound["over"])
    if over is None:
        return None
    value = check_term(cx, bound["value"], measures)
    if value is None:
        return None
    dims = free_dims(value, measures)
    span = bound["over"].span
    what = f"`{expression_text(bound['value'])}`"
    gone = _averaged(value, measures)
    if not all(cx.varies(axis, span, dims, what, gone) for axis in over):
        return None
    return {"call": expression_text(expr.callee), "value": value, "over": list(over)}


def _averaged(tree: Mapping[str, Any], measures: Mapping[str, MeasureDecl]) -> tuple[str, ...]:
    """The axes that the measure itself has been reduced over."""
    return measures[tree["table"]].over if "table" in tree else ()


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
        _refuse_other(cx, base, measures)
        return None
    of = next((entry for entry in entries if entry.name == "of"), None)
    select = _measured_thing(cx, base, of, measure)
    if select is None:
        return None
    facets = [entry for entry in entries if entry.name in measure.facets]
    facet = _facet(cx, facets[0], measure) if facets else ""
    rest = tuple(entry for entry in entries if entry.name != "of" and entry not in facets)
    dims = _table_dims(measure, select)
    chosen = cx.select(rest, dims, f"`{base.name}`", measure.over)
    if chosen is None or facet is None:
        return None
    tree = {"table": base.name, "select": {**select, **chosen}}
    return {**tree, "facet": facet} if facet else tree


def _refuse_other(cx: Checker, base: nodes.Name, measures: Mapping[str, MeasureDecl]) -> None:
    """A name that is no measure; what it stands for may be measured."""
    reason = f"`{base.name}` is not a measure"
    of = [m.name for m in measures.values() if any(cell.of == base.name for cell in m.cells)]
    about: dict[str, Any] = {"near": nearest_names(base.name, measures)}
    if of:
        shown = " or ".join(f"`{name}[of: {base.name}]`" for name in of)
        about = {"advice": f"it is measured by {shown}"}
    cx.found.add(types.BadExpectation(span=base.span, reason=reason, **about))


def _measured_thing(
    cx: Checker, base: nodes.Name, of: nodes.Entry | None, measure: MeasureDecl
) -> dict[str, str] | None:
    """``of`` which of the things that a measure measures; {} where there is only one."""
    known = [cell.of for cell in measure.cells]
    if of is None and len(known) <= 1:
        return {}
    if of is None:
        reason = f"`{measure.name}` measures {len(known)} things"
        every = " or ".join(f"`{measure.name}[of: {name}]`" for name in known)
        advice = f"choose one: {every}"
        cx.found.add(types.BadExpectation(span=base.span, reason=reason, advice=advice))
        return None
    text = expression_text(of.value)
    if known == [""]:
        reason = f"`{measure.name}` is one number, of {', '.join(measure.arguments)} together"
        advice = "leave out `of:`"
        cx.found.add(types.BadExpectation(span=of.value.span, reason=reason, advice=advice))
        return None
    if text in known:
        return {"of": text}
    reason = f"`{measure.name}` does not measure `{text}`"
    near = nearest_names(text, known)
    advice = f"it measures {', '.join(f'`{name}`' for name in known)}"
    cx.found.add(types.BadExpectation(span=of.value.span, reason=reason, near=near, advice=advice))
    return None


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
