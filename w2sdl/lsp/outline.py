"""The declarations of a file as an outline, and the names in it as semantic tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl import signature as sig
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.occurrences import Argument, Facet, Key, Occurrence, Preset, Rule
from w2sdl.lsp.symbols import Symbol, SymbolKind, name_span
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the outline. ``detail`` says its role, kind and axes."""

    name: str
    kind: SymbolKind
    detail: str
    span: Span
    name_span: Span
    children: tuple[Item, ...] = ()


def outline(analysis: Analysis) -> list[Item]:
    """The declarations of the file, in the order written."""
    return [_item(analysis, symbol) for symbol in analysis.index.symbols]


def _item(analysis: Analysis, symbol: Symbol) -> Item:
    node = symbol.node
    span = node.span if not isinstance(node, nodes.Entry) else symbol.span
    children: tuple[Item, ...] = ()
    if isinstance(node, nodes.Definition):
        children = tuple(_item_of_binding(binding) for binding in node.body)
    elif isinstance(node, nodes.Profile):
        children = tuple(_item_of_setting(setting) for setting in node.settings)
    return Item(symbol.name, symbol.kind, _detail(analysis, symbol), span, symbol.span, children)


def _item_of_binding(binding: nodes.Binding) -> Item:
    return Item(binding.name, SymbolKind.BINDING, binding.role, binding.span, name_span(binding))


def _item_of_setting(setting: nodes.Setting) -> Item:
    detail = expression_text(setting.value)
    shown = detail if len(detail) <= 40 else detail[:40] + "…"
    return Item(".".join(setting.path), SymbolKind.FIELD, shown, setting.span, setting.path_span)


def _detail(analysis: Analysis, symbol: Symbol) -> str:
    program = analysis.program
    match symbol.node:
        case nodes.Binding(role=role):
            decl = program.bindings.get(symbol.name) if program else None
            words = [role if role != "data" else "", str(decl.kind) if decl else ""]
            dims = f"[{', '.join(decl.dims)}]" if decl and decl.dims else ""
            return " ".join(word for word in (*words, dims) if word)
        case nodes.Axis():
            axis = program.axes.get(symbol.name) if program else None
            return f"axis × {len(axis.points)}" if axis else "axis"
        case nodes.Measure(on=on):
            return f"measure on {expression_text(on)}"
        case nodes.Import(path=path):
            return path
        case nodes.Definition() as node:
            return f"({', '.join(node.inputs)}) → {', '.join(node.outputs)}"
        case _:
            return symbol.kind.value


#: The types of tokens, in the order of the legend.
TOKEN_TYPES = (
    "namespace", "variable", "parameter", "property", "enumMember", "function", "class", "event",
)  # fmt: skip
TOKEN_MODIFIERS = ("declaration", "readonly")


def tokens(analysis: Analysis) -> Iterator[tuple[Span, str, bool]]:
    """Names with the type of token that they are, in the order of the text; true where defined."""
    last = -1
    for occurrence in analysis.index.occurrences:
        kind = _token_type(occurrence)
        if kind and occurrence.span.start >= last:
            last = occurrence.span.end
            yield occurrence.span, kind, occurrence.defines


def _token_type(occurrence: Occurrence) -> str:
    if occurrence.symbol is not None:
        return _TOKENS[occurrence.symbol.kind]
    match occurrence.about:
        case sig.OpSignature():
            return "function"
        case sig.VariantSignature() | Preset():
            return "class"
        case Argument() | Key():
            return "property"
        case Rule() | Facet():
            return "enumMember"
        case _:
            return ""


_TOKENS = {
    SymbolKind.EXPERIMENT: "namespace",
    SymbolKind.IMPORT: "namespace",
    SymbolKind.AXIS: "parameter",
    SymbolKind.BINDING: "variable",
    SymbolKind.MEASURE: "event",
    SymbolKind.EXPECT: "event",
    SymbolKind.PROFILE: "namespace",
    SymbolKind.DEFINITION: "function",
    SymbolKind.INPUT: "parameter",
    SymbolKind.PART: "property",
    SymbolKind.POINT: "enumMember",
    SymbolKind.FIELD: "property",
    SymbolKind.STEP: "property",
}
