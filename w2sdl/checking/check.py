"""Bound names to the checked `Program`: all kinds known, all defaults filled, measures laid out."""

from __future__ import annotations

from collections.abc import Iterator

from w2sdl.checking.check_baseline import check_baseline
from w2sdl.checking.check_claims import check_expectation
from w2sdl.checking.check_edges import Checker
from w2sdl.checking.check_measures import check_measure
from w2sdl.checking.dependency import find_dependencies
from w2sdl.checking.scope import Scope, build_scope
from w2sdl.errors import names, validity
from w2sdl.messages.diagnostics import Collector
from w2sdl.program import AxisDecl, Program
from w2sdl.signature import Signatures
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


def check_module(module: nodes.Module, signatures: Signatures, found: Collector) -> Program:
    """Check a module whose overrides are applied. Mistakes are collected; the rest is kept."""
    scope = build_scope(module, found)
    checker = Checker(scope, signatures, found)
    values = _check_bindings(checker)
    measures = [m for d in scope.measures.values() if (m := check_measure(checker, d))]
    known = {measure.name: measure for measure in measures}
    baseline = check_baseline(checker, known)
    expectations = [
        e for d in scope.expectations if (e := check_expectation(checker, d, known)) is not None
    ]
    empty = not scope.bindings and not scope.measures and not scope.broken
    if empty and scope.experiment is not None:
        found.add(names.NothingToRun(span=scope.experiment.span, source=module.source.name))
    order = [name for name in _with_steps(checker) if name in checker.bindings]
    return Program(
        name=scope.experiment.name if scope.experiment else "",
        description=scope.experiment.description if scope.experiment else "",
        axes=_axes(scope),
        bindings={name: checker.bindings[name] for name in order},
        measures=tuple(measures),
        expectations=tuple(expectations),
        order=tuple(checker.bindings),
        values=values,
        baseline=baseline,
    )


def _with_steps(checker: Checker) -> Iterator[str]:
    """All declared names in order, each behind the steps that it was written out as."""
    steps: dict[str, list[str]] = {}
    for name in checker.bindings:
        if name not in checker.scope.bindings:
            steps.setdefault(name.rpartition(".")[0], []).append(name)
    for name in checker.scope.bindings:
        yield from steps.get(name, ())
        yield name


def _check_bindings(checker: Checker) -> dict[str, str]:
    """Check every node binding, used ones first; return the plain values as text."""
    values: dict[str, str] = {}
    dependencies = find_dependencies(checker.scope)
    for circle in dependencies.circles:
        checker.report_circle(circle)
        checker.scope.drop(circle)  # who follows a circle of fields never arrives
    for name in dependencies.order:
        if name not in checker.scope.bindings:
            continue
        declaration = checker.scope.bindings[name]
        if checker.is_node(nodes.Name(name, declaration.name_span)):
            checker.binding(name)
        else:
            values[name] = expression_text(declaration.value)
            for waiver in declaration.waivers:
                checker.found.add(validity.UnusedAllow(span=waiver.span, rule=waiver.rule))
            if declaration.role and checker.is_known(declaration.value):
                checker.report_value_with_role(declaration)
            _check_roots(checker, name, declaration.value)
    return {name: values[name] for name in checker.scope.bindings if name in values}


def _check_roots(checker: Checker, name: str, expr: nodes.Expr) -> None:
    """A plain value is checked where it is used; a misspelled name in it is reported at once."""
    if isinstance(expr, nodes.Name) and not checker.is_known(expr):
        checker.report_unknown(expr)
    if isinstance(expr, nodes.Field) and checker.lacks_field(expr):
        checker.refuse_binding(name)
        checker.report_unknown_field(expr)


def _axes(scope: Scope) -> dict[str, AxisDecl]:
    return {
        name: AxisDecl(
            name,
            tuple(axis.points),
            tuple(expression_text(p) for p in axis.points.values()),
            axis.declaration.name_span,
        )
        for name, axis in scope.axes.items()
    }
