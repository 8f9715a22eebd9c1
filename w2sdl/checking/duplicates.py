"""Names that a file gives twice, where the second would silently put the first out of use."""

from __future__ import annotations

from collections.abc import Iterator

from w2sdl.errors.names import DuplicateName, ShadowedOperation
from w2sdl.messages.diagnostics import Collector, Label
from w2sdl.signature import Signatures
from w2sdl.source import Span
from w2sdl.syntax import nodes

#: The sort of a name, the name, and where it stands.
_Named = tuple[str, str, Span]
_IN_SCOPE = nodes.Axis | nodes.Binding | nodes.Measure


def refuse_duplicates(module: nodes.Module, found: Collector) -> None:
    """Report second experiments, profiles, expectations, libraries and names of sub-graphs.

    Axes, bindings and measures are compared with each other where the scope is built.
    """
    first: dict[tuple[str, str], tuple[nodes.Declaration, Span]] = {}
    for declaration in module.declarations:
        for sort, name, span in _names(declaration):
            earlier, place = first.setdefault((sort, name), (declaration, span))
            if earlier is declaration or _is_seen_elsewhere(earlier, declaration):
                continue
            related = (Label(place, "first defined here"),)
            advice = "keep one of them: a spec asks one question"
            if sort == "experiment":
                found.add(DuplicateName(span=span, name=sort, related=related, advice=advice))
            elif sort == "baseline":
                advice = "keep one of them: a number is compared with one other"
                found.add(DuplicateName(span=span, name=name, related=related, advice=advice))
            else:
                found.add(DuplicateName(span=span, name=name, related=related))
        if isinstance(declaration, nodes.Definition):
            _refuse_inside(declaration, found)


def _is_seen_elsewhere(first: nodes.Declaration, second: nodes.Declaration) -> bool:
    if isinstance(first, nodes.Definition) and isinstance(second, nodes.Definition):
        return True
    return isinstance(first, _IN_SCOPE) and isinstance(second, _IN_SCOPE)


def _names(declaration: nodes.Declaration) -> Iterator[_Named]:
    match declaration:
        case nodes.Experiment(span=span):
            yield "experiment", "", span
        case nodes.Import(name=name, span=span):
            yield "name", name, span
        case nodes.Expect(name=name, name_span=span):
            yield "expectation", name, span
        case nodes.Baseline(name=name, name_span=span):
            yield "baseline", name, span
        case nodes.Profile(name=name, name_span=span):
            yield "profile", name, span
        case nodes.Axis() | nodes.Binding() | nodes.Measure() | nodes.Definition():
            yield "name", declaration.name, declaration.name_span


def _refuse_inside(definition: nodes.Definition, found: Collector) -> None:
    """Inputs and outputs are named once, and the body binds other names than the inputs'."""
    for sort, names in (("input", definition.inputs), ("output", definition.outputs)):
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            advice = f"name each {sort} of `{definition.name}` once"
            found.add(DuplicateName(span=definition.name_span, name=name, advice=advice))
    for binding in definition.body:
        if binding.name in definition.inputs:
            advice = f"it is an input of `{definition.name}`: bind another name"
            found.add(DuplicateName(span=binding.name_span, name=binding.name, advice=advice))


def warn_of_shadowed(module: nodes.Module, signatures: Signatures, found: Collector) -> None:
    """Warn of sub-graphs of a file that have the name of an operation, which can't be called there then."""
    for declaration in module.declarations:
        if isinstance(declaration, nodes.Definition) and signatures.op(declaration.name):
            found.add(ShadowedOperation(span=declaration.name_span, name=declaration.name))
