"""What the names of one file stand for: its declarations, and what lies in them (parts, points, inputs).

Made from the syntax as written, so that a text with mistakes elsewhere has its names all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.lexer import Lexeme, lexer
from w2sdl.syntax.tree import normalise_name

if TYPE_CHECKING:
    from w2sdl.lsp.index import FileIndex

MAX_STEPS = 20  #: from a name to the name that it stands for; more is a circle


class SymbolKind(StrEnum):
    """What a name is."""

    EXPERIMENT = "experiment"
    IMPORT = "import"
    AXIS = "axis"
    BINDING = "binding"
    MEASURE = "measure"
    EXPECT = "expect"
    BASELINE = "baseline"
    PROFILE = "profile"
    DEFINITION = "definition"
    INPUT = "input"
    PART = "part"
    POINT = "point"
    FIELD = "field"
    STEP = "step"  #: of a chain of calls: `S'.step1`, `S'.labels1`


Node = nodes.Declaration | nodes.Entry


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A name at the place where it is defined. Compared by identity."""

    name: str
    kind: SymbolKind
    span: Span  #: of the name
    node: Node
    scope: Scope
    owner: Symbol | None = None  #: the data of a part, the axis of a point, the `def` of an input


@dataclass(eq=False)
class Scope:
    """The names that can be used at a place: those of a file, and of the sub-graph around it."""

    file: FileIndex
    names: dict[str, Symbol] = field(default_factory=dict)
    parent: Scope | None = None
    definition: Symbol | None = None

    def lookup(self, name: str) -> Symbol | None:
        found = self.names.get(name)
        return found or (self.parent.lookup(name) if self.parent else None)

    def all(self) -> Mapping[str, Symbol]:
        """All names that can be used here; an inner one hides an outer one."""
        return {**(self.parent.all() if self.parent else {}), **self.names}


_KINDS: dict[type, SymbolKind] = {
    nodes.Axis: SymbolKind.AXIS,
    nodes.Binding: SymbolKind.BINDING,
    nodes.Measure: SymbolKind.MEASURE,
    nodes.Expect: SymbolKind.EXPECT,
    nodes.Baseline: SymbolKind.BASELINE,
    nodes.Profile: SymbolKind.PROFILE,
    nodes.Definition: SymbolKind.DEFINITION,
    nodes.Import: SymbolKind.IMPORT,
    nodes.Experiment: SymbolKind.EXPERIMENT,
}
#: Kinds whose names are used by other declarations.
SHARED = frozenset(
    {
        SymbolKind.AXIS,
        SymbolKind.BINDING,
        SymbolKind.MEASURE,
        SymbolKind.DEFINITION,
        SymbolKind.IMPORT,
    }
)


def lexemes_of(span: Span) -> list[Lexeme]:
    """The lexemes of a stretch of text."""
    return lexer().lexemes(span.source.text, span.start, span.end)


def names_in(span: Span) -> Iterator[Span]:
    """The names in a stretch of text, each with its place."""
    for lexeme in lexemes_of(span):
        if lexeme.type == "NAME":
            yield Span(span.source, lexeme.start, lexeme.end)


def name_span(declaration: nodes.Declaration) -> Span:
    """Where a declaration says its name."""
    match declaration:
        case nodes.Import():
            *_, last = names_in(declaration.span)
            return last
        case nodes.Experiment():
            return next(names_in(declaration.span))
        case _:
            return declaration.name_span


def declare(declaration: nodes.Declaration, scope: Scope) -> Symbol:
    """The symbol of a declaration."""
    kind = _KINDS[type(declaration)]
    return Symbol(declaration.name, kind, name_span(declaration), declaration, scope)


def step_symbol(name: str, owner: Symbol) -> Symbol:
    """The symbol of a step of a chain: it is written nowhere, and leads to the binding of the chain."""
    return Symbol(name, SymbolKind.STEP, owner.span, owner.node, owner.scope, owner)


def definition_scope(symbol: Symbol) -> Scope:
    """The names inside a sub-graph: its inputs and what its body binds."""
    node = symbol.node
    assert isinstance(node, nodes.Definition)  # noqa: S101 (by its kind)
    inner = Scope(symbol.scope.file, {}, symbol.scope, symbol)
    for span in _inputs(node):
        name = normalise_name(span.text)
        inner.names[name] = Symbol(name, SymbolKind.INPUT, span, node, inner, symbol)
    for binding in node.body:
        inner.names.setdefault(
            binding.name,
            Symbol(binding.name, SymbolKind.BINDING, binding.name_span, binding, inner, symbol),
        )
    return inner


def header_names(node: nodes.Definition) -> tuple[list[Span], list[Span]]:
    """The inputs and the outputs of a sub-graph, where its first line names them."""
    found: tuple[list[Span], list[Span]] = ([], [])
    side = 0
    source = node.span.source
    for lexeme in lexemes_of(Span(source, node.name_span.end, node.span.end)):
        if lexeme.type == "LBRACE":
            break
        if source.text[lexeme.start : lexeme.end] == "->":
            side = 1
        elif lexeme.type == "NAME":
            found[side].append(Span(source, lexeme.start, lexeme.end))
    return found


def _inputs(node: nodes.Definition) -> list[Span]:
    return header_names(node)[0]


def entry_symbol(entry: nodes.Entry, kind: SymbolKind, owner: Symbol) -> Symbol:
    """The symbol of a labelled value: a part of a data set, a point of an axis, a field of a record."""
    return Symbol(entry.name, kind, entry.name_span, entry, owner.scope, owner)
