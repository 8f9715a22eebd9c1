"""What stands at an offset: kind, axes, documentation, and the line that `w2sdl compile` prints for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from w2sdl.docstrings import summary
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.documentation import describe
from w2sdl.lsp.symbols import Symbol, SymbolKind
from w2sdl.program import Apply, BindingDecl, Fix, MeasureDecl, Program, Switch, Term
from w2sdl.show import binding_text, measure_text
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.text import claim_text, expression_text, literal_text
from w2sdl.wording import how_many

#: What has no declaration of its own, and so no comment above it.
_INSIDE = frozenset(
    {SymbolKind.PART, SymbolKind.POINT, SymbolKind.FIELD, SymbolKind.INPUT, SymbolKind.STEP}
)
MAX_SHOWN = 12  #: points of an axis, lines of a value


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown on a stretch of the text. ``node`` names a binding whose results may be stored."""

    text: str
    span: Span
    node: str = ""


def hover(analysis: Analysis, offset: int) -> Hover | None:
    """What is to be said of the name at an offset."""
    found = analysis.index.at(offset)
    if found is None:
        return None
    written = found.span.text
    if found.about is not None:
        return Hover(describe(found.about, analysis.signatures, written), found.span)
    if found.symbol is None:
        return None
    full = full_name(analysis, found.span, found.symbol)
    parts = [*_SECTIONS[found.symbol.kind](analysis, found.symbol, full)]
    parts += _by_axis(analysis, found.span, found.symbol)
    comment = comment_above(found.symbol)
    parts += [comment] if comment else []
    node = full if full in analysis.kinds else ""
    return Hover("\n\n".join(part for part in parts if part), found.span, node)


def full_name(analysis: Analysis, span: Span, symbol: Symbol) -> str:
    """The program's name for a symbol used at a place: ``one.next`` for ``next`` behind ``one.``."""
    before = re.search(r"(?:[\w'\u2032\u2019]+\s*\.\s*)+$", span.source.text[: span.start])
    path = re.sub(r"\s", "", before[0]) + symbol.name if before else symbol.name
    return path if path in analysis.kinds else symbol.name


def _by_axis(analysis: Analysis, span: Span, symbol: Symbol) -> list[str]:
    """For ``task.test`` where an axis chooses ``task``: which of its points is shown."""
    program = analysis.program
    before = re.search(r"([\w'\u2032\u2019]+)\s*\.\s*$", span.source.text[: span.start])
    decl = program.bindings.get(before[1]) if program and before else None
    if decl is None or symbol.kind is not SymbolKind.PART or not decl.dims:
        return []
    axes = " and ".join(f"`{dim}`" for dim in decl.dims)
    return [f"`{decl.name}` is chosen by {axes}; this is its first point"]


def comment_above(symbol: Symbol) -> str:
    """The comment lines right above a declaration."""
    if symbol.kind in _INSIDE:
        return ""
    span = getattr(symbol.node, "span", symbol.span)
    lines = span.source.text[: span.start].split("\n")[:-1]
    found: list[str] = []
    while lines and lines[-1].strip().startswith("#"):
        found.insert(0, lines.pop().strip().lstrip("#").strip())
    return "\n".join(found)


def _code(*lines: str) -> str:
    return "```w2s\n" + "\n".join(lines) + "\n```"


def _as_written(symbol: Symbol) -> str:
    span = getattr(symbol.node, "span", symbol.span)
    return _code(*_shortened(span.text))


def _shortened(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if len(lines) <= MAX_SHOWN else [*lines[:MAX_SHOWN], "…"]


def _binding(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    program = analysis.program
    decl = program.bindings.get(full) if program else None
    if decl is None or program is None:
        return [_as_written(symbol)]
    parts = [f"**{decl.name}**: {_what(decl, program)}"]
    op = _operation(decl.term)
    if op is not None:
        called = op.chain.call.op if op.chain else op.op
        parts.append(summary(called.doc).split("\n\n")[0])
    return [*parts, _code(*_shortened(binding_text(decl)))]


def _what(decl: BindingDecl, program: Program) -> str:
    role = f"{decl.role} " if decl.role in ("weak", "strong") else ""
    if not decl.dims:
        return f"{role}{decl.kind}, computed once"
    axes = " × ".join(f"{dim} ({len(program.axes[dim].points)})" for dim in decl.dims)
    return f"{role}{decl.kind}, for each of {axes}"


def _operation(term: Term) -> Apply | None:
    match term:
        case Apply():
            return term
        case Fix(base):
            return _operation(base)
        case Switch(branches=branches):
            return _operation(next(iter(branches.values())))
        case _:
            return None


def _axis(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    program = analysis.program
    axis = program.axes.get(full) if program else None
    if axis is None or program is None:
        return [_as_written(symbol)]
    shown = [
        f"- `{point}`" + (f": `{text}`" if text not in (point, f"{point}()") else "")
        for point, text in zip(axis.points[:MAX_SHOWN], axis.texts, strict=False)
    ]
    shown += ["- …"] if len(axis.points) > MAX_SHOWN else []
    users = [f"`{b.name}`" for b in program.bindings.values() if axis.name in b.dims]
    varied = f"varied by {', '.join(users[:MAX_SHOWN])}" if users else "nothing depends on it"
    return [f"**axis {axis.name}**: {len(axis.points)} points", "\n".join(shown), varied]


def _measure(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    program = analysis.program
    measures = {m.name: m for m in program.measures} if program else {}
    measure = measures.get(full)
    if measure is None or program is None:
        return [_as_written(symbol)]
    op = analysis.signatures.op(measure.op)
    doc = summary(op.doc).split("\n\n")[0] if op else ""
    return [
        f"**measure {measure.name}**: {_cells(measure, program)}",
        doc,
        _code(measure_text(measure)),
    ]


def _cells(measure: MeasureDecl, program: Program) -> str:
    count = 0
    for cell in measure.cells:
        points = 1
        for dim in cell.dims:
            points *= len(program.axes[dim].points)
        count += points
    return f"{how_many(count, 'number')} of `{measure.on}`"


def _definition(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    node = symbol.node
    assert isinstance(node, nodes.Definition)  # noqa: S101 (by its kind)
    head = f"def {node.name}({', '.join(node.inputs)}) -> {', '.join(node.outputs)}"
    return [_code(head), "a sub-graph: bind it with a name, and use `name.output`"]


def _import(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    known = analysis.index.members(symbol)
    names = ", ".join(f"`{symbol.name}.{name}`" for name in known)
    return [_as_written(symbol), names or "it could not be read, or declares nothing"]


def _part(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    owner = symbol.owner.name if symbol.owner else ""
    value = _value(symbol)
    return [f"**part {symbol.name}** of `{owner}`: {value}" if value else f"**part {symbol.name}**"]


def _point(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    owner = symbol.owner.name if symbol.owner else ""
    return [f"**point {symbol.name}** of axis `{owner}`", _code(_value(symbol))]


def _field(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    owner = symbol.owner.name if symbol.owner else ""
    shown = _at_points(symbol) or [_code(_value(symbol))]
    return [f"**{symbol.name}** of `{owner}`", *shown]


def _at_points(symbol: Symbol) -> list[str]:
    """A field of an axis whose points are records: its value at each of them."""
    axis = symbol.owner.node if symbol.owner else None
    if not isinstance(axis, nodes.Axis) or not isinstance(axis.points, nodes.Record):
        return []
    shown = [
        f"- `{point.name}`: `{expression_text(field.value)}`"
        for point in axis.points.entries
        if isinstance(point.value, nodes.Record)
        for field in point.value.entries
        if field.name == symbol.name
    ]
    return ["\n".join(shown[:MAX_SHOWN])] if shown else []


def _step(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    owner = symbol.owner.name if symbol.owner else ""
    program = analysis.program
    decl = program.bindings.get(f"{owner}.{symbol.name}") if program else None
    if decl is None or program is None:
        return [f"**{symbol.name}** of the chain `{owner}`"]
    said = f"**{decl.name}**: {_what(decl, program)}; a step of the chain `{owner}`"
    return [said, _code(*_shortened(binding_text(decl)))]


def _value(symbol: Symbol) -> str:
    return expression_text(symbol.node.value) if isinstance(symbol.node, nodes.Entry) else ""


def _input(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    owner = symbol.owner.name if symbol.owner else ""
    return [f"**{symbol.name}**: input of `{owner}`, given where it is called"]


def _experiment(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    node = symbol.node
    text = node.description if isinstance(node, nodes.Experiment) else ""
    return [f"**experiment {symbol.name}**", text]


def _expect(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    node = symbol.node
    assert isinstance(node, nodes.Expect)  # noqa: S101 (by its kind)
    level = "95 %" if node.level is None else expression_text(node.level)
    said = f"**expect {symbol.name}**: judged after the run, by intervals of {level}"
    return [said, _code(claim_text(node))]


def _profile(analysis: Analysis, symbol: Symbol, full: str) -> list[str]:
    path = literal_text(str(analysis.place.name))[1:-1]
    return [f"**profile {symbol.name}**: `w2sdl run {path} --profile {symbol.name}`"]


_SECTIONS: dict[SymbolKind, Callable[[Analysis, Symbol, str], list[str]]] = {
    SymbolKind.EXPERIMENT: _experiment,
    SymbolKind.IMPORT: _import,
    SymbolKind.AXIS: _axis,
    SymbolKind.BINDING: _binding,
    SymbolKind.MEASURE: _measure,
    SymbolKind.EXPECT: _expect,
    SymbolKind.PROFILE: _profile,
    SymbolKind.DEFINITION: _definition,
    SymbolKind.INPUT: _input,
    SymbolKind.PART: _part,
    SymbolKind.POINT: _point,
    SymbolKind.FIELD: _field,
    SymbolKind.STEP: _step,
}
