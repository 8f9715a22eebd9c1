"""Check ``baseline``: the coordinates that other numbers are compared with."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.checking.check_edges import Checker
from w2sdl.errors import names
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import MeasureDecl
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


def check_baseline(cx: Checker, measures: Mapping[str, MeasureDecl]) -> dict[str, str]:
    """The point of each axis, and under "of" the measured thing, that the spec names as baseline."""
    found: dict[str, str] = {}
    for declaration in cx.scope.baselines:
        if declaration.name == "of":
            value = _measured(cx, declaration.value, measures)
        else:
            value = _point(cx, declaration, measures)
        if value is not None:
            found.setdefault(declaration.name, value)
    return found


def _measured(cx: Checker, expr: nodes.Expr, measures: Mapping[str, MeasureDecl]) -> str | None:
    every = (cell.of for measure in measures.values() for cell in measure.cells)
    things = [of for of in dict.fromkeys(every) if of]
    text = expression_text(expr)
    if text in things:
        return text
    root = text.partition("[")[0]
    if root not in cx.scope.broken and len(measures) == len(cx.scope.measures):
        listed = ", ".join(f"`{thing}`" for thing in things)
        known = f"measured are {listed}" if things else "no measure here is of a single thing"
        near = nearest_names(text, things)
        cx.found.add(names.NotMeasured(span=expr.span, name=text, known=known, near=near))
    return None


def _point(
    cx: Checker, declaration: nodes.Baseline, measures: Mapping[str, MeasureDecl]
) -> str | None:
    dims = frozenset(dim for measure in measures.values() for dim in measure.dims)
    if cx.scope.broken or len(measures) < len(cx.scope.measures):
        dims = frozenset(cx.scope.axes)  # a measure with mistakes of its own may vary over it
    span, what = declaration.name_span, "what is measured"
    if not cx.varies(declaration.name, span, dims, what):
        return None
    return cx.point(declaration.name, declaration.value)
