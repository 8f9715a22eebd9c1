"""Check parameters: an expression against a parameter's type gives a value term, with defaults filled."""

from __future__ import annotations

import operator
import posixpath
from collections.abc import Mapping
from math import isfinite
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from w2sdl import signature as sig
from w2sdl.checking.advice import in_quotes, instead_of_form, other_family
from w2sdl.checking.axes import MAX_POINTS
from w2sdl.checking.check_quantities import check_word, retry_change, word_term
from w2sdl.checking.scope import field_value
from w2sdl.checking.type_text import type_text
from w2sdl.errors import names, types
from w2sdl.errors.graph import BadText
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import RetryOf
from w2sdl.program import Const, ListTerm, RecordTerm, Term
from w2sdl.source import Source
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text
from w2sdl.syntax.tree import MAX_DIGITS

if TYPE_CHECKING:
    from w2sdl.checking.check_calls import Calls

#: What a form is called in short.
_FORMS = {sig.ListOf: "a list", sig.MapOf: "a record", sig.SeedOf: "a seed"}
_WORDS = (sig.QuantityOf, sig.WordOf)
_LARGEST = 10**MAX_DIGITS


def check_value(  # noqa: C901 - one line a type
    cx: Calls, expr: nodes.Expr, kind: sig.ParamType, name: str
) -> Term | None:
    """The term for a parameter ``name`` of type ``kind``, or None after a message."""
    if isinstance(kind, sig.OptionalOf):
        return check_value(cx, expr, kind.inner, name)
    if (word := word_term(expr, kind)) is not None:
        return word
    match expr:
        case nodes.Name(unknown) if isinstance(kind, _WORDS) and unknown not in cx.scope.names:
            return check_word(cx, expr, kind, name)
        case nodes.Name() | nodes.Field():
            return _check_named(cx, expr, kind, name)
        case nodes.Select():
            return _refuse(cx, expr, kind, name)
    match kind:
        case sig.Scalar():
            return _check_scalar(cx, expr, kind, name)
        case sig.EitherOf(scalar, variant):
            if isinstance(expr, nodes.Call):
                return check_value(cx, expr, variant, name)
            return _check_plain(cx, expr, scalar, variant.family, name)
        case sig.SourceOf():
            return _check_source(cx, expr, kind, name)
        case sig.SeedOf():
            return _check_seed(cx, expr, kind, name)
        case sig.ListOf(item):
            return _check_list(cx, expr, kind, item, name)
        case sig.MapOf(value):
            return _check_map(cx, expr, kind, value, name)
        case sig.RecordOf():
            return _check_record(cx, expr, kind, name)
        case sig.VariantOf(family):
            return _check_variant(cx, expr, family, name)
        case sig.QuantityOf() | sig.WordOf():
            return check_word(cx, expr, kind, name)
        case _:
            return _refuse(cx, expr, kind, name)


def _refuse(cx: Calls, expr: nodes.Expr, kind: sig.ParamType, name: str) -> Term | None:
    """Report a value of another form than ``kind`` has. Always None, for callers to return."""
    wanted = type_text(kind)
    cx.found.add(
        types.BadValue(
            span=expr.span,
            name=name,
            expected=wanted,
            found=describe(expr),
            reason=f"not {_FORMS.get(type(kind), wanted)}",
            advice=instead_of_form(expr, kind, cx.signatures),
        )
    )
    return None


def _check_named(
    cx: Calls, expr: nodes.Name | nodes.Field, kind: sig.ParamType, name: str
) -> Term | None:
    """A name stands for an axis (a choice at each point), a plain value, or, wrongly, a node."""
    axis = cx.axis_of(expr)
    if axis is not None:
        key = (expression_text(expr), id(kind), name)
        if key not in cx.switches:
            cx.switches[key] = cx.switch(expr, axis, lambda p: check_value(cx, p, kind, name))
        return cx.switches[key]
    match expr:
        case nodes.Name(known) if known in cx.scope.bindings and not cx.is_node(expr):
            return cx.inside(
                known, lambda: check_value(cx, cx.scope.bindings[known].value, kind, name)
            )
        case nodes.Field(base, inner) if (value := field_value(base, inner, cx.scope)) is not None:
            return check_value(cx, value, kind, name)
        case nodes.Field(base) if not cx.is_node(expr) and cx.is_known(base):
            cx.report_unknown_field(expr)
            return None
    if isinstance(expr, nodes.Name) and not cx.is_known(expr):
        advice: tuple[str, ...] = ()
        if isinstance(kind, sig.VariantOf):
            advice = nearest_names(expr.name, cx.signatures.variants.get(kind.family, {}))
            advice = tuple(f"{near}()" for near in advice)
        cx.report_unknown(expr, advice, in_quotes(expr.name, kind))
        return None
    if isinstance(expr, nodes.Name) and expr.name in cx.scope.measures:
        cx.found.add(names.MeasureAsValue(span=expr.span, name=expr.name))
        return None
    if cx.is_node(expr):
        found = f"`{expression_text(expr)}`"
        cx.found.add(
            types.NodeAsValue(span=expr.span, name=name, expected=type_text(kind), found=found)
        )
    return None


def _check_plain(
    cx: Calls, expr: nodes.Expr, kind: sig.Scalar, family: str, name: str
) -> Term | None:
    """A plain value in place of a variant, such as a template in place of a file with one."""
    term = _check_scalar(cx, expr, kind, name)
    if not isinstance(term, Const):
        return term
    for variant in cx.signatures.variants[family].values():
        problem = variant.plain(term.value, name) if variant.plain is not None else None
        if problem is not None:
            cx.found.add(BadText(span=expr.span, reason=problem[0], advice=problem[1]))
            return None
    return term


def _check_scalar(cx: Calls, expr: nodes.Expr, kind: sig.Scalar, name: str) -> Term | None:
    value = constant(expr)
    if value is None:
        return _refuse(cx, expr, kind, name)
    try:
        return Const(kind.adapter.validate_python(value, strict=True))
    except ValidationError as problem:
        # Of several kinds that a value may be, each says why it is not that one.
        first, *others = [one["msg"] for one in problem.errors()]
        reason = first.removeprefix("Input ").replace("should be", "must be")
        near = nearest_names(str(value), kind.choices) if kind.choices else ()
        cx.found.add(
            types.BadValue(
                span=expr.span,
                name=name,
                expected=kind.text,
                found=describe(expr),
                reason="none of these" if others else reason,
                near=near,
            )
        )
        return None


def constant(expr: nodes.Expr) -> Any:
    """The value of a literal or of arithmetic on numbers; None for anything else.

    A number that is not finite, or that no literal could write down, is none.
    """
    match expr:
        case nodes.Literal(value):
            return None if isinstance(value, float) and not isfinite(value) else value
        case nodes.Arithmetic(sign, left, right):
            return _computed(sign, constant(left), constant(right))
        case _:
            return None


def _computed(sign: str, a: Any, b: Any) -> int | float | None:
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b)):
        return None
    if sign == "/" and b == 0:
        return None
    calculate = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
    result: int | float = calculate[sign](a, b)
    return result if isfinite(result) and abs(result) < _LARGEST else None


def _check_source(cx: Calls, expr: nodes.Expr, kind: sig.SourceOf, name: str) -> Term | None:
    if not (isinstance(expr, nodes.Literal) and isinstance(expr.value, str) and expr.value):
        return _refuse(cx, expr, kind, name)
    path = expr.value
    windows = PureWindowsPath(path)
    escapes = PurePosixPath(path).is_absolute() or windows.is_absolute() or ".." in windows.parts
    if escapes and not expr.span.source.from_command_line:
        cx.found.add(types.PathEscapes(span=expr.span, path=path))
        return None
    return Const(_from_folder(path, kind, expr.span.source))


def _from_folder(path: str, kind: sig.SourceOf, source: Source) -> str:
    """A path typed on the command line starts in the current folder, not in the spec's."""
    if not source.folder or PurePosixPath(path).is_absolute():
        return path
    is_path = kind.what in ("file", "folder") or path.startswith((".", "~"))
    return posixpath.normpath(posixpath.join(source.folder, path)) if is_path else path


def _check_seed(cx: Calls, expr: nodes.Expr, kind: sig.SeedOf, name: str) -> Term | None:
    if isinstance(expr, nodes.ListExpr):
        items = [check_value(cx, item, kind, name) for item in expr.items]
        return ListTerm(tuple(i for i in items if i)) if all(items) and items else None
    value = constant(expr)
    if isinstance(value, int) and not isinstance(value, bool):
        return Const(value)
    return _refuse(cx, expr, kind, name)


def _check_list(
    cx: Calls, expr: nodes.Expr, kind: sig.ParamType, item: sig.ParamType, name: str
) -> Term | None:
    match expr:
        case nodes.ListExpr(elements):
            terms = [check_value(cx, element, item, name) for element in elements]
            return ListTerm(tuple(t for t in terms if t)) if all(terms) else None
        case nodes.Range(first, last) if last - first < MAX_POINTS:
            return ListTerm(tuple(Const(number) for number in range(first, last + 1)))
        case nodes.Range(first, last, span):
            cx.found.add(
                types.TooManyPoints(
                    span=span,
                    what=f"`{name}`",
                    count=last - first + 1,
                    unit="items",
                    limit=MAX_POINTS,
                )
            )
            return None
        case nodes.Literal(str()):  # one word where a list of words is wanted: a list of one
            only = check_value(cx, expr, item, name)
            return ListTerm((only,)) if only else None
    return _refuse(cx, expr, kind, name)


def _check_map(
    cx: Calls, expr: nodes.Expr, kind: sig.ParamType, value: sig.ParamType, name: str
) -> Term | None:
    if not isinstance(expr, nodes.Record):
        return _refuse(cx, expr, kind, name)
    entries = cx.unique_entries(expr.entries)
    terms = {e.name: check_value(cx, e.value, value, f"{name}.{e.name}") for e in entries}
    return _record(terms)


def _record(terms: Mapping[str, Term | None]) -> Term | None:
    present = {name: term for name, term in terms.items() if term is not None}
    return RecordTerm(present) if len(present) == len(terms) else None


def _check_record(cx: Calls, expr: nodes.Expr, kind: sig.RecordOf, name: str) -> Term | None:
    if not isinstance(expr, nodes.Record):
        return _refuse(cx, expr, kind, name)
    entries = cx.unique_entries(expr.entries)
    preset = next((entry for entry in entries if entry.name == "preset"), None)
    entries = [entry for entry in entries if entry is not preset]
    values = _preset_values(cx, preset, kind) if preset else {}
    if values is None:
        return None
    given = {entry.name: entry for entry in entries}
    known = {param.name: param for param in kind.fields}
    for entry in entries:
        if entry.name not in known:
            _report_field(cx, entry, kind, known)
    terms: dict[str, Term | None] = {}
    for param in kind.fields:
        if param.name in given:
            terms[param.name] = check_value(
                cx, given[param.name].value, param.type, f"{name}.{param.name}"
            )
        else:
            default = values.get(param.name, param.default)
            terms[param.name] = Const(default, given=param.name in values)
    return _record(terms) if all(entry.name in known for entry in entries) else None


def _report_field(
    cx: Calls, entry: nodes.Entry, kind: sig.RecordOf, known: Mapping[str, sig.Param]
) -> None:
    if isinstance(kind, RetryOf):
        cx.found.add(retry_change(entry, kind))
        return
    cx.found.add(
        types.UnknownField(
            span=entry.name_span,
            what=f"a {kind.name} record",
            name=entry.name,
            known=", ".join([*known, *(["preset"] if kind.presets else [])]),
            near=nearest_names(entry.name, known),
        )
    )


def _preset_values(cx: Calls, entry: nodes.Entry, kind: sig.RecordOf) -> Mapping[str, Any] | None:
    match entry.value:
        case nodes.Call(nodes.Name(name), (), (), operational=()) | nodes.Name(name):
            pass
        case nodes.Literal(str() as name):
            pass
        case _:
            name = expression_text(entry.value)
    if name in kind.presets:
        return kind.presets[name]
    known = ", ".join(f"{preset}()" for preset in kind.presets) or "none"
    cx.found.add(
        names.UnknownVariant(
            span=entry.value.span,
            name=name,
            where="preset",
            family=f"{kind.name} preset",
            known=known,
            near=nearest_names(name, kind.presets),
        )
    )
    return None


def _check_variant(cx: Calls, expr: nodes.Expr, family: str, name: str) -> Term | None:
    known = cx.signatures.variants.get(family, {})
    if not (isinstance(expr, nodes.Call) and isinstance(expr.callee, nodes.Name)):
        return _refuse(cx, expr, sig.VariantOf(family), name)
    chosen = known.get(expr.callee.name)
    if chosen is None:
        cx.found.add(
            names.UnknownVariant(
                span=expr.callee.span,
                name=expr.callee.name,
                where=name,
                family=family,
                known=", ".join(f"{variant}()" for variant in sorted(known)),
                near=nearest_names(expr.callee.name, known),
                advice=other_family(expr.callee.name, family, cx.signatures),
            )
        )
        return None
    order = [port.name for port in chosen.ports] + [param.name for param in chosen.params]
    arguments = cx.bind(expr, order, order, chosen.name)
    terms = cx.fill(expr, chosen.name, chosen.ports, chosen.params, arguments)
    if terms is None:
        return None
    return RecordTerm({"variant": Const(chosen.name), **terms})
