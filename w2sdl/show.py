"""The resolved program as text: valid .w2s again, with every default filled in and overrides applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.operational_text import operational_arguments
from w2sdl.program import (
    Apply,
    BindingDecl,
    Const,
    ExpectDecl,
    Fix,
    ListTerm,
    MeasureDecl,
    Program,
    RecordTerm,
    Ref,
    Switch,
    Term,
    Unrolled,
)
from w2sdl.signature import REQUIRED, Param
from w2sdl.syntax.nodes import Waiver
from w2sdl.syntax.text import literal_text

WIDTH = 100


def program_text(program: Program) -> str:
    """The program as a spec, a line or a few for each declaration."""
    points = _axis_branches(program)
    head = f"experiment {program.name}\n  {json.dumps(program.description, ensure_ascii=False)}"
    blocks = [head, "\n".join(_axis_lines(program, points))]
    blocks.append("\n".join(f"{name} = {text}" for name, text in program.values.items()))
    declared = [binding for binding in program.bindings.values() if not binding.step]
    blocks.append("\n".join(binding_text(binding) for binding in declared))
    blocks.append("\n".join(measure_text(measure) for measure in program.measures))
    blocks.append("\n".join(_baseline_lines(program)))
    blocks.append("\n".join(map(expectation_text, program.expectations)))
    return "\n\n".join(block for block in blocks if block) + "\n"


def expectation_text(expectation: ExpectDecl) -> str:
    """An expectation as `w2sdl compile` prints it."""
    level = expectation.tree.get("level")
    at = "" if level is None else f" at {literal_text(level)}"
    return f"expect {expectation.name}{at}: {expectation.text}"


def _baseline_lines(program: Program) -> Iterator[str]:
    for name, value in program.baseline.items():
        yield f"baseline {name}: {value if name == 'of' else _point_text(value)}"


def _axis_lines(program: Program, points: Mapping[str, Mapping[str, Term]]) -> Iterator[str]:
    for axis in program.axes.values():
        texts = list(axis.texts)
        resolved = points.get(axis.name, {})
        texts = [
            term_text(resolved[name]) if name in resolved else text
            for name, text in zip(axis.points, texts, strict=True)
        ]
        named = any(
            name != text.split("(")[0] for name, text in zip(axis.points, texts, strict=True)
        )
        if named:
            items = [
                f"{_label_text(name)}: {text}"
                for name, text in zip(axis.points, texts, strict=True)
            ]
            yield f"axis {axis.name} = {{{', '.join(items)}}}"
        else:
            yield f"axis {axis.name} = [{', '.join(texts)}]"


def _axis_branches(program: Program) -> dict[str, Mapping[str, Term]]:
    """For each axis the terms of its points at the first place where the axis itself is used."""
    found: dict[str, Mapping[str, Term]] = {}
    for binding in program.bindings.values():
        for term in _subterms(binding.term):
            if not isinstance(term, Switch) or term.text != term.axis:
                continue
            if all(isinstance(b, RecordTerm) for b in term.branches.values()):
                found.setdefault(term.axis, term.branches)
    return found


def _subterms(term: Term) -> Iterator[Term]:
    """A term and all terms inside it."""
    yield term
    inner: list[Term] = []
    match term:
        case Switch(branches=branches):
            inner = list(branches.values())
        case ListTerm(items):
            inner = list(items)
        case RecordTerm(fields):
            inner = list(fields.values())
        case Fix(base):
            inner = [base]
        case Apply(ports=ports, params=params, operational=operational):
            inner = [item for items in ports.values() for item in items]
            inner += [*params.values(), *operational.values()]
    for item in inner:
        yield from _subterms(item)


def binding_text(binding: BindingDecl) -> str:
    """A named node as `w2sdl compile` prints it."""
    role = f"{binding.role} " if binding.role else ""
    return f"{role}{binding.name} = {_wrapped(binding.term)}{_waivers_text(binding.waivers)}"


def measure_text(measure: MeasureDecl) -> str:
    """A measure as `w2sdl compile` prints it."""
    ports = [
        text if name == measure.each else f"{name}: {text}"
        for name, text in measure.arguments.items()
    ]
    term = measure.cells[0].term if measure.cells else None
    if isinstance(term, Apply):
        given = {name: v for name, v in term.params.items() if name not in measure.arguments}
        ports += _params_text(term, given)
    how = operational_arguments(term) if term else []
    call = f"{measure.op}({', '.join([*ports, *_over_text(measure.over), *how])})"
    return f"measure {measure.name} = {call} on {measure.on}{_waivers_text(measure.waivers)}"


def _waivers_text(waivers: tuple[Waiver, ...]) -> str:
    """``allow(rule, "reason")``, as often as there is one."""
    return "".join(f" allow({w.rule}, {json.dumps(w.reason, ensure_ascii=False)})" for w in waivers)


def _wrapped(term: Term) -> str:
    """A call on one line if it fits, else one argument a line."""
    text = term_text(term)
    if len(text) <= WIDTH or not isinstance(term, Apply):
        return text
    term = term.chain.call if term.chain else term
    arguments = ",\n  ".join(_arguments(term))
    return f"{term.written}(\n  {arguments},\n)"


def _arguments(term: Apply) -> list[str]:
    parts = []
    for port in term.op.ports:
        items = [term_text(item) for item in term.ports.get(port.name, ())]
        if items:
            value = f"[{', '.join(items)}]" if port.many and len(items) > 1 else items[0]
            parts.append(f"{port.name}: {value}")
    parts += _params_text(term, term.params)
    return [*parts, *_over_text(term.over), *operational_arguments(term)]


def _params_text(term: Apply, values: Mapping[str, Term]) -> list[str]:
    named = {param.name: param for param in term.op.params}
    return [
        f"{name}: {term_text(value)}"
        for name, value in values.items()
        if not _is_absent(value, named[name])
    ]


def _is_absent(term: Term, param: Param) -> bool:
    """An optional parameter that is not given has no spelling: it is left out."""
    return isinstance(term, Const) and term.value is None and param.default is not REQUIRED


def _over_text(over: tuple[str, ...]) -> list[str]:
    if not over:
        return []
    return [f"over: {over[0]}" if len(over) == 1 else f"over: [{', '.join(over)}]"]


def term_text(term: Term) -> str:
    """A checked term in the language's own spelling."""
    match term:
        case Const(value):
            return literal_text(without_nulls(value))
        case ListTerm(items):
            return f"[{', '.join(term_text(item) for item in items)}]"
        case RecordTerm(fields):
            return _record_text(fields)
        case Switch(text=text):
            return text
        case Ref(name):
            return name
        case Fix(base, chosen):
            inside = ", ".join(f"{axis}: {_point_text(point)}" for axis, point in chosen.items())
            return f"{term_text(base)}[{inside}]"
        case Apply(chain=Unrolled(call)):
            return term_text(call)
        case Apply():
            if term.op.name == "part":
                (data,) = term.ports["data"]
                part = term.params["name"]
                return f"{term_text(data)}.{part.value if isinstance(part, Const) else ''}"
            return f"{term.written}({', '.join(_arguments(term))})"


def _label_text(name: str) -> str:
    """A point's name as a label; one that is no name is quoted."""
    return name if name.rstrip("'").isidentifier() else json.dumps(name, ensure_ascii=False)


def _point_text(point: str) -> str:
    return point if point.isidentifier() or point.isdigit() else json.dumps(point)


def _record_text(fields: Mapping[str, Term]) -> str:
    inside = ", ".join(
        f"{name}: {term_text(item)}"
        for name, item in fields.items()
        if name != "variant" and not (isinstance(item, Const) and item.value is None)
    )
    variant = fields.get("variant")
    return f"{variant.value}({inside})" if isinstance(variant, Const) else f"{{{inside}}}"


def without_nulls(value: Any) -> Any:
    """A value without the fields that are not given."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
