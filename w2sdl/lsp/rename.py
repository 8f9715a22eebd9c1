"""Renaming a name everywhere, or saying why not: a clash, a reserved word, a use that can't be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.index import FileIndex
from w2sdl.lsp.navigation import occurrences_of
from w2sdl.lsp.occurrences import Argument, Occurrence
from w2sdl.lsp.symbols import SHARED, Scope, Symbol, SymbolKind
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.lexer import lexer
from w2sdl.syntax.tree import normalise_name


class RenameRefused(Exception):
    """Why a name can't be renamed (so), in a sentence."""


_LABELS = frozenset({SymbolKind.PART, SymbolKind.POINT, SymbolKind.FIELD})


def renameable(analysis: Analysis, offset: int) -> Occurrence:
    """The name at an offset, if it is one that a spec gives.

    Raises:
        RenameRefused: where it is not.
    """
    found = analysis.index.at(offset)
    if found is None:
        raise RenameRefused("there is no name here")
    text = found.span.text
    if found.symbol is None:
        if isinstance(found.about, Argument):
            raise RenameRefused(
                f"`{text}` is an argument of `{found.about.owner}`, named in Python"
            )
        raise RenameRefused(f"`{text}` is named by the code that offers it, not by a spec")
    if found.symbol.kind is SymbolKind.STEP:
        raise RenameRefused(f"`{text}` is a step of a chain, named by the call that it is made of")
    if found.symbol.kind is SymbolKind.FIELD:
        raise RenameRefused(f"`{text}` is a field: who reads it can't be seen from here")
    return found


def rename(
    analysis: Analysis, offset: int, wanted: str, related: Iterable[Analysis] = ()
) -> dict[Path, list[Span]]:
    """The places that say the name at an offset, by file; all are to become ``wanted``.

    ``related`` are the files that this one imports and those that import it.

    Raises:
        RenameRefused: where it can't be done without changing what the spec means.
    """
    symbol = renameable(analysis, offset).symbol
    assert symbol is not None  # noqa: S101 (renameable says so)
    every = {other.place.resolve(): other for other in (*related, analysis)}
    name = _checked_name(wanted, symbol)
    if name == symbol.name:
        return {}
    home = every.get(Path(symbol.span.source.name).resolve())
    if home is None:
        raise RenameRefused(f"`{symbol.name}` is defined in {symbol.span.source.name}")
    places = occurrences_of(symbol, every.values())
    for other in every.values():
        if other.place in places:
            _require_readable(other)
    _refuse_clash(symbol, name, home.index)
    _refuse_hidden_uses(symbol, home.index)
    for occurrences in places.values():
        for occurrence in occurrences:
            _refuse_capture(occurrence, symbol, name)
    return {place: [o.span for o in occurrences] for place, occurrences in places.items()}


def _checked_name(wanted: str, symbol: Symbol) -> str:
    lexemes = lexer().lexemes(wanted)
    if len(lexemes) != 1 or (lexemes[0].start, lexemes[0].end) != (0, len(wanted)):
        raise RenameRefused(
            f"`{wanted}` is no name: letters, digits and `_`, then any number of `'`"
        )
    if lexemes[0].type == "NAME":
        return normalise_name(wanted)
    if lexemes[0].type in lexer().keywords.values():
        if symbol.kind is SymbolKind.PART:
            return wanted
        raise RenameRefused(f"`{wanted}` is a word of the language")
    raise RenameRefused(f"`{wanted}` is no name: a name begins with a letter or `_`")


def _require_readable(analysis: Analysis) -> None:
    """Uses in a declaration that can't be read would be missed."""
    if not analysis.is_readable:
        raise RenameRefused(
            f"{analysis.place.name} has syntax errors: mend them first, a use in them can't be seen"
        )


def _refuse_clash(symbol: Symbol, name: str, index: FileIndex) -> None:
    if symbol.kind in _LABELS and symbol.owner is not None:
        members = index.members if symbol.kind is SymbolKind.PART else index.points
        if name in members(symbol.owner):
            raise RenameRefused(f"`{symbol.owner.name}` has a {symbol.kind} `{name}` already")
        return
    if symbol.kind in SHARED or symbol.kind is SymbolKind.INPUT:
        other = symbol.scope.names.get(name)
    else:
        alike = [s for s in index.symbols if s.kind is symbol.kind and s.name == name]
        other = alike[0] if alike else None
    if other is not None:
        line = other.span.source.position(other.span.start)[0]
        raise RenameRefused(f"`{name}` is taken: it names the {other.kind} in line {line}")


def _refuse_hidden_uses(symbol: Symbol, index: FileIndex) -> None:
    """Parts of data that a sub-graph is called with are used inside it, under the input's name."""
    if symbol.kind is not SymbolKind.PART or symbol.owner is None:
        return
    for binding, scope in _bindings(index):
        if not isinstance(binding.value, nodes.Call):
            continue
        called = index.resolve(binding.value.callee, scope)
        if called is None or called.kind is not SymbolKind.DEFINITION:
            continue
        given = [*binding.value.positional, *(entry.value for entry in binding.value.entries)]
        if any(index.resolve(expr, scope) is symbol.owner for expr in given):
            raise RenameRefused(
                f"`{symbol.owner.name}` is given to `{called.name}`, where the part may be used"
            )


def _bindings(index: FileIndex) -> Iterator[tuple[nodes.Binding, Scope]]:
    for declaration in index.module.declarations:
        if isinstance(declaration, nodes.Binding):
            yield declaration, index.scope
    for definition, inner in index.bodies.items():
        if isinstance(definition.node, nodes.Definition):
            for binding in definition.node.body:
                yield binding, inner


def _refuse_capture(occurrence: Occurrence, symbol: Symbol, name: str) -> None:
    """A use inside a sub-graph must still mean the same there, and hide nothing that is used."""
    for definition, inner in symbol.scope.file.bodies.items():
        outer = inner.parent.lookup(name) if inner.parent else None
        if symbol.scope is not inner:
            if _is_inside(occurrence.span, definition) and name in inner.names:
                raise RenameRefused(f"inside `{definition.name}`, `{name}` is another name")
        elif outer is not None:
            uses = symbol.scope.file.of(outer)
            if any(_is_inside(use.span, definition) for use in uses):
                raise RenameRefused(f"`{definition.name}` uses the `{name}` of the file")


def _is_inside(span: Span, definition: Symbol) -> bool:
    assert isinstance(definition.node, nodes.Definition)  # noqa: S101 (by its kind)
    body = definition.node.span
    return span.source is body.source and body.start <= span.start < body.end
