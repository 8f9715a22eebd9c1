"""The names of a spec: what each stands for. Order of declarations does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from w2sdl import nodes
from w2sdl.diagnostics import Collector, Label
from w2sdl.errors import names, types
from w2sdl.signature import Signatures
from w2sdl.source import Span
from w2sdl.text import expression_text

MAX_POINTS = 10_000

Category = Literal["axis", "node", "value", "measure"]


@dataclass(frozen=True, slots=True)
class AxisPoints:
    """An axis with its points by name, still as expressions."""

    declaration: nodes.Axis
    points: Mapping[str, nodes.Expr]


@dataclass
class Scope:
    """All names by what they are. Built once from a module with its overrides applied."""

    axes: dict[str, AxisPoints] = field(default_factory=dict)
    bindings: dict[str, nodes.Binding] = field(default_factory=dict)
    measures: dict[str, nodes.Measure] = field(default_factory=dict)
    expectations: list[nodes.Expect] = field(default_factory=list)
    experiment: nodes.Experiment | None = None
    broken: frozenset[str] = frozenset()  #: names whose declarations could not be read

    def all_names(self) -> list[str]:
        return [*self.axes, *self.bindings, *self.measures]


def build_scope(module: nodes.Module, found: Collector) -> Scope:
    """Sort a module's declarations by what they declare; names must be unique."""
    scope = Scope(broken=module.broken)
    seen: dict[str, nodes.Axis | nodes.Binding | nodes.Measure] = {}
    for declaration in module.declarations:
        match declaration:
            case nodes.Axis() | nodes.Binding() | nodes.Measure():
                if _is_new(declaration, seen, found):
                    _add(scope, declaration, found)
            case nodes.Experiment():
                scope.experiment = declaration
            case nodes.Expect():
                scope.expectations.append(declaration)
            case nodes.Import() | nodes.Definition():
                found.add(_not_yet(declaration))
            case nodes.Profile():
                pass  # already applied, or not chosen
    if scope.experiment is None:
        found.add(names.NoExperiment(span=None, source=module.source.name))
    return scope


def _is_new(
    declaration: nodes.Axis | nodes.Binding | nodes.Measure,
    seen: dict[str, nodes.Axis | nodes.Binding | nodes.Measure],
    found: Collector,
) -> bool:
    first = seen.setdefault(declaration.name, declaration)
    if first is declaration:
        return True
    related = (Label(first.name_span, "first defined here"),)
    found.add(
        names.DuplicateName(span=declaration.name_span, name=declaration.name, related=related)
    )
    return False


def _add(
    scope: Scope, declaration: nodes.Axis | nodes.Binding | nodes.Measure, found: Collector
) -> None:
    match declaration:
        case nodes.Axis():
            points = axis_points(declaration, found)
            scope.axes[declaration.name] = AxisPoints(declaration, points)
        case nodes.Binding():
            scope.bindings[declaration.name] = declaration
        case nodes.Measure():
            scope.measures[declaration.name] = declaration
    if isinstance(declaration, nodes.Binding | nodes.Measure) and declaration.waivers:
        advice = "validity rules, and waivers for them, come with the next version: remove it"
        found.add(names.NotYet(span=declaration.waivers[0].span, word="allow", advice=advice))


def _not_yet(declaration: nodes.Import | nodes.Definition) -> names.NotYet:
    word = "import" if isinstance(declaration, nodes.Import) else "def"
    return names.NotYet(
        span=declaration.span, word=word, advice="write its bindings out in this file"
    )


def axis_points(axis: nodes.Axis, found: Collector) -> dict[str, nodes.Expr]:
    """The points of an axis by name: a range, a list, or a record of named points."""
    named: list[tuple[str, nodes.Expr]]
    match axis.points:
        case nodes.Range(first, last, span):
            if last - first + 1 > MAX_POINTS:
                found.add(_too_many(axis.name, last - first + 1, span))
                return {}
            named = [
                (str(number), nodes.Literal(number, span)) for number in range(first, last + 1)
            ]
        case nodes.ListExpr(items):
            named = [(point_name(item), item) for item in items]
        case nodes.Record(entries):
            named = [(entry.name, entry.value) for entry in entries]
        case other:
            named = [(point_name(other), other)]
    if not named:
        found.add(types.EmptyAxis(span=axis.points.span, axis=axis.name))
    return _unique(axis, named, found)


def _too_many(name: str, count: int, span: Span) -> types.TooManyPoints:
    return types.TooManyPoints(
        span=span, what=f"axis `{name}`", count=count, unit="points", limit=MAX_POINTS
    )


def _unique(
    axis: nodes.Axis, named: list[tuple[str, nodes.Expr]], found: Collector
) -> dict[str, nodes.Expr]:
    points: dict[str, nodes.Expr] = {}
    for name, expr in named:
        if name in points:
            found.add(names.AmbiguousPoints(span=expr.span, axis=axis.name, point=name))
        points.setdefault(name, expr)
    return points


def point_name(expr: nodes.Expr) -> str:
    """What a point is called: a variant by its name, a value by its text."""
    match expr:
        case nodes.Call(callee):
            return expression_text(callee)
        case nodes.Literal(str() as value):
            return value
        case _:
            return expression_text(expr)


def category(
    expr: nodes.Expr, scope: Scope, signatures: Signatures, seen: frozenset[str] = frozenset()
) -> Category:
    """Whether an expression is a node of the graph or a plain value."""
    match expr:
        case nodes.Call(nodes.Name(name)):
            is_value = signatures.op(name) is None and signatures.is_variant(name)
            return "value" if is_value else "node"
        case nodes.Call():
            return "node"
        case nodes.Select(base):
            return category(base, scope, signatures, seen)
        case nodes.Name(name):
            return _name_category(name, scope, signatures, seen)
        case nodes.Field(base, name):
            inner = field_value(base, name, scope)
            return category(inner or base, scope, signatures, seen)
        case _:
            return "value"


def _name_category(
    name: str, scope: Scope, signatures: Signatures, seen: frozenset[str]
) -> Category:
    if name in seen:
        return "node"  # a cycle: reported where it is checked
    if name in scope.measures:
        return "measure"
    if name in scope.bindings:
        return category(scope.bindings[name].value, scope, signatures, seen | {name})
    if name in scope.axes and scope.axes[name].points:
        point = next(iter(scope.axes[name].points.values()))
        return category(point, scope, signatures, seen | {name})
    return "value"


def field_value(base: nodes.Expr, name: str, scope: Scope) -> nodes.Expr | None:
    """The expression behind ``base.name`` when the base is a record, or an axis whose points are."""
    match base:
        case nodes.Record(entries):
            return next((entry.value for entry in entries if entry.name == name), None)
        case nodes.Name(known) if known in scope.bindings:
            return field_value(scope.bindings[known].value, name, scope)
        case nodes.Name(known) if known in scope.axes and scope.axes[known].points:
            return field_value(next(iter(scope.axes[known].points.values())), name, scope)
        case _:
            return None
