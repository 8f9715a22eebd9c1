"""Check what ``expect`` claims of its terms: comparisons, orderings, equalities, trends, and the level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.checking.check_calls import MEANT
from w2sdl.checking.check_edges import Checker
from w2sdl.checking.check_expectations import TRENDS, check_term, free_dims
from w2sdl.claims import LEVEL
from w2sdl.errors.types import BadExpectation, BadLevel, OutOfReach
from w2sdl.program import ExpectDecl, MeasureDecl
from w2sdl.syntax import nodes
from w2sdl.syntax.text import claim_text, expression_text, literal_text

#: Points of an axis from which on a trend says more than a comparison.
LEAST_POINTS = 3

Measures = Mapping[str, MeasureDecl]


def check_expectation(cx: Checker, said: nodes.Expect, measures: Measures) -> ExpectDecl | None:
    """An expectation as a JSON tree over measures (see `w2sdl.program.ExpectDecl`)."""
    level = _level(cx, said.level)
    tree = _claim(cx, said, measures)
    if tree is None or level is None:
        return None
    if level != LEVEL:
        tree = {**tree, "level": level}
    return ExpectDecl(said.name, claim_text(said), tree, said.span)


def _level(cx: Checker, given: nodes.Literal | None) -> float | None:
    """How sure an interval must be, between 0.5 and 1; None after a message."""
    if given is None:
        return LEVEL
    value = float(str(given.value))
    if 0.5 < value < 1:
        return value
    meant = f"{value:g}%" if 50 < value < 100 else "99%"
    text = literal_text(given.value)
    cx.found.add(BadLevel(span=given.span, number=text, meant=meant))
    return None


def _claim(cx: Checker, said: nodes.Expect, measures: Measures) -> dict[str, Any] | None:
    if not said.signs:
        return _trend(cx, said, said.terms[0], measures)
    terms = [check_term(cx, term, measures) for term in said.terms]
    if not _goes_one_way(cx, said) or not _has_margin(cx, said) or None in terms:
        return None
    compared = [
        {"compare": sign, "left": left, "right": right}
        for sign, left, right in zip(said.signs, terms, terms[1:], strict=False)
    ]
    for number, link in enumerate(compared):
        if not _check_sides(cx, said, number, link, measures):
            return None
    if len(compared) > 1:
        return {"ordering": compared}
    within = {"within": said.margin.value} if said.margin else {}
    return {**compared[0], **within}


def _refuse(cx: Checker, span: Any, reason: str, advice: str, short: str) -> None:
    cx.found.add(BadExpectation(span=span, reason=reason, advice=advice, short=short))


def _goes_one_way(cx: Checker, said: nodes.Expect) -> bool:
    if len({sign[0] for sign in said.signs}) == 1:
        return True
    reason = f"`{claim_text(said)}` goes both ways"
    advice = (
        "an ordering goes one way, `a < b < c`; for the other comparison write another `expect`"
    )
    _refuse(cx, said.span, reason, advice, "goes up and down")
    return False


def _has_margin(cx: Checker, said: nodes.Expect) -> bool:
    """Whether an equality says within what; the margin is a positive number."""
    if said.signs != ("==",):
        return True
    if said.margin is None:
        reason = "measured numbers are never exactly equal"
        advice = f"say within what: `{claim_text(said)} within 2%`"
        _refuse(cx, said.span, reason, advice, "within what?")
        return False
    if float(str(said.margin.value)) <= 0:
        reason = f"the margin {literal_text(said.margin.value)} is not above 0"
        advice = "say how far apart two numbers may be and still count as equal: `within 2%`"
        _refuse(cx, said.margin.span, reason, advice, "not a margin")
        return False
    return True


def _check_sides(
    cx: Checker, said: nodes.Expect, number: int, link: Mapping[str, Any], measures: Measures
) -> bool:
    """Whether two neighbours can be compared: one of them is measured, and within reach."""
    sides = link["left"], link["right"]
    if all(map(_is_constant, sides)):
        reason = "both sides are numbers"
        cx.found.add(BadExpectation(span=said.span, reason=reason))
        return False
    for tree, bound, at in ((*sides, number + 1), (*reversed(sides), number)):
        if "number" in bound:
            _check_reach(cx, tree, bound["number"], measures, said.terms[at])
    if said.margin is not None:
        _check_margin(cx, said.margin, sides, measures)
    return True


def _is_constant(tree: Mapping[str, Any]) -> bool:
    if "arith" in tree:
        return _is_constant(tree["left"]) and _is_constant(tree["right"])
    return "number" in tree


def _limits(
    cx: Checker, tree: Mapping[str, Any], measures: Measures
) -> tuple[str, float, float] | None:
    """A measure that stands alone on one side, and between what it lies; None where that is open."""
    while "call" in tree and tree["call"] != "std":
        tree = tree["value"]
    if "table" not in tree:
        return None
    limits = cx.signatures.ops[measures[tree["table"]].op].limits
    return None if limits is None else (tree["table"], *limits)


def _check_reach(
    cx: Checker, tree: Mapping[str, Any], number: float, measures: Measures, expr: nodes.Expr
) -> None:
    """A share compared with 60 was meant to be compared with 60 %."""
    known = _limits(cx, tree, measures)
    if known is None or known[1] <= number <= known[2]:
        return
    measure, low, high = known
    percent = f"{number:g}%" if 1 < number <= 100 * high else ""
    advice = f"write `{percent}`" if percent else ""
    text = expression_text(expr)
    cx.found.add(
        OutOfReach(span=expr.span, measure=measure, low=low, high=high, number=text, advice=advice)
    )


def _check_margin(cx: Checker, margin: nodes.Literal, sides: Any, measures: Measures) -> None:
    """Within 2 of a share is always true: within 2 % was meant."""
    value = float(str(margin.value))
    for tree in sides:
        known = _limits(cx, tree, measures)
        if known is None or value < known[2] - known[1]:
            continue
        reason = (
            f"`{known[0]}` lies between {known[1]:g} and {known[2]:g}: all are within {value:g}"
        )
        advice = f"write `within {value:g}%`" if 1 < value <= 100 * known[2] else ""
        _refuse(cx, margin.span, reason, advice, "always holds")
        return


def _trend(
    cx: Checker, said: nodes.Expect, expr: nodes.Expr, measures: Measures
) -> dict[str, Any] | None:
    """``rises(term, along: axis)`` or ``falls(...)``."""
    name = expression_text(expr.callee) if isinstance(expr, nodes.Call) else ""
    if not isinstance(expr, nodes.Call) or name not in TRENDS:
        if check_term(cx, expr, measures) is not None:
            text = expression_text(expr)
            reason = f"nothing is claimed of `{text}`"
            advice = f"compare it, `{text} > ...`, or say how it goes: `rises({text}, along: axis)`"
            _refuse(cx, said.span, reason, advice, "no claim")
        return None
    bound = cx.bind(expr, ["value"], ["value", "along"], name)
    if "value" not in bound or "along" not in bound:
        if bound.get("along") is not MEANT:
            reason = f"`{name}` needs a measure and `along: axis`"
            advice = f"write `{name}(measure, along: axis)`, with an axis that it varies over"
            _refuse(cx, expr.span, reason, advice, "incomplete")
        return None
    along, value = cx.over(bound["along"]), check_term(cx, bound["value"], measures)
    if not along or value is None:
        return None
    if not all(_fits(cx, bound, value, axis, measures) for axis in _only(cx, bound, along)):
        return None
    return {"trend": name, "value": value, "along": along[0]} if len(along) == 1 else None


def _only(cx: Checker, bound: Mapping[str, Any], along: tuple[str, ...]) -> Iterator[str]:
    """The one axis of a trend; nothing after a message."""
    if len(along) == 1:
        yield along[0]
        return
    reason = f"a trend goes along one axis, not {len(along)}"
    _refuse(
        cx,
        bound["along"].span,
        reason,
        "average over the others: `mean(..., over: axis)`",
        "more than one",
    )


def _fits(cx: Checker, bound: Mapping[str, Any], value: Any, axis: str, measures: Measures) -> bool:
    """Whether a term varies over an axis with enough points for a trend."""
    span, text = bound["along"].span, expression_text(bound["value"])
    if not cx.varies(axis, span, free_dims(value, measures), f"`{text}`"):
        return False
    points = list(cx.scope.axes[axis].points)
    if len(points) >= LEAST_POINTS:
        return True
    reason = f"axis `{axis}` has {len(points)} points, and a trend needs {LEAST_POINTS}"
    advice = "a trend of one point is none; give the axis more"
    if len(points) == 2:
        advice = f"compare the two: `...[{axis}: {points[1]}] > ...[{axis}: {points[0]}]`"
    _refuse(cx, span, reason, advice, "too few points")
    return False
