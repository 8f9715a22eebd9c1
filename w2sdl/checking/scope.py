"""The names of a spec: what each stands for. Order of declarations does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from w2sdl.checking.aliases import refuse_long_chains
from w2sdl.checking.axes import axis_points
from w2sdl.errors import modules, names
from w2sdl.errors.validity import RULES, rule_of_number
from w2sdl.messages.diagnostics import Collector, Label
from w2sdl.messages.suggest import nearest_names
from w2sdl.signature import Signatures
from w2sdl.syntax import nodes

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
    baselines: list[nodes.Baseline] = field(default_factory=list)
    experiment: nodes.Experiment | None = None
    broken: frozenset[str] = frozenset()  #: names whose declarations could not be read

    @cached_property
    def names(self) -> Mapping[str, None]:
        """All names; asked for only when the scope is complete."""
        return dict.fromkeys([*self.axes, *self.bindings, *self.measures])

    def drop(self, circle: Iterable[str]) -> None:
        """Take away definitions that need each other, once that is said: to follow them has no end."""
        for name in circle:
            self.bindings.pop(name, None)
            self.axes.pop(name, None)
        self.broken |= frozenset(circle)


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
            case nodes.Baseline():
                scope.baselines.append(declaration)
            case nodes.Import() | nodes.Definition() | nodes.Profile():
                pass  # written out or applied before
    _refuse_settings(scope, found)
    scope.broken |= refuse_long_chains(scope.bindings, found)
    values = {name: binding.value for name, binding in scope.bindings.items()}
    for name, axis in scope.axes.items():
        scope.axes[name] = AxisPoints(
            axis.declaration, axis_points(axis.declaration, values, found)
        )
    if scope.experiment is None:
        found.add(names.NoExperiment(span=None, source=module.source.name))
    return scope


def _refuse_settings(scope: Scope, found: Collector) -> None:
    """``W.steps = 3`` sets an argument of ``W`` only in a profile; ``one.y`` belongs to a sub-graph."""
    for name, binding in scope.bindings.items():
        head = name.partition(".")[0]
        if head != name and (head in scope.bindings or head in scope.axes):
            found.add(
                modules.SettingOutsideProfile(span=binding.name_span, name=name, binding=head)
            )


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
            scope.axes[declaration.name] = AxisPoints(declaration, {})  # its points come last
        case nodes.Binding():
            scope.bindings[declaration.name] = declaration
        case nodes.Measure():
            scope.measures[declaration.name] = declaration
    for waiver in getattr(declaration, "waivers", ()):
        if not waiver.reason.strip():
            found.add(names.EmptyReason(span=waiver.span, rule=waiver.rule))
        if waiver.rule not in RULES:
            near = nearest_names(waiver.rule, RULES)
            meant = rule_of_number(waiver.rule)
            advice = (
                f"{waiver.rule} is called `{meant}`" if meant else f"rules are {', '.join(RULES)}"
            )
            found.add(
                names.UnknownRule(span=waiver.span, name=waiver.rule, near=near, advice=advice)
            )


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
