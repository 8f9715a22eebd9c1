"""Where a name is defined, and where it is used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl import signature as sig
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.occurrences import Occurrence
from w2sdl.lsp.symbols import Symbol
from w2sdl.source import Span
from w2sdl.syntax import nodes


@dataclass(frozen=True, slots=True)
class PythonPlace:
    """A line (from 0) of a file that is no spec: where an operation is written."""

    path: Path
    line: int


def definition(analysis: Analysis, offset: int) -> Span | PythonPlace | None:
    """Where the name at an offset is defined; for the path of an import, the start of that file."""
    opened = _imported(analysis, offset)
    if opened is not None:
        return opened
    found = analysis.index.at(offset)
    if found is None:
        return None
    if found.symbol is not None:
        return found.symbol.span
    match found.about:
        case sig.OpSignature(function=function):
            return _python(function)
        case sig.VariantSignature(cls=cls):
            return _python(cls)
        case _:
            return None


def _imported(analysis: Analysis, offset: int) -> Span | None:
    for declaration in analysis.parsed.declarations:
        if not isinstance(declaration, nodes.Import):
            continue
        if declaration.span.start <= offset <= declaration.span.end:
            library = analysis.index.library(declaration)
            within = analysis.text.find('"', declaration.span.start)
            if library is not None and within <= offset <= within + len(declaration.path) + 2:
                return Span(library.module.source, 0, 0)
    return None


def _python(thing: Callable[..., Any]) -> PythonPlace | None:
    try:
        path, (_, line) = inspect.getsourcefile(thing), inspect.getsourcelines(thing)
    except (OSError, TypeError):
        return None  # written in no file
    return PythonPlace(Path(path), line - 1) if path else None


#: A file, where a name stands in it, and what it is.
Key = tuple[str, int, str]


def key_of(symbol: Symbol) -> Key:
    """What a symbol is known by in any analysis."""
    return str(Path(symbol.span.source.name).resolve()), symbol.span.start, symbol.kind.value


def occurrences_of(symbol: Symbol, analyses: Iterable[Analysis]) -> dict[Path, list[Occurrence]]:
    """All places that name a symbol, by file."""
    wanted = key_of(symbol)
    found: dict[Path, list[Occurrence]] = {}
    for analysis in analyses:
        here = [
            o
            for o in analysis.index.occurrences
            if o.symbol is not None and o.symbol.name == symbol.name and key_of(o.symbol) == wanted
        ]
        if here:
            found[analysis.place] = here
    return found


def references(
    analysis: Analysis, offset: int, others: Iterable[Analysis], with_definition: bool
) -> list[Span]:
    """All uses of the name at an offset, in this document and in others."""
    found = analysis.index.at(offset)
    if found is None:
        return []
    if found.symbol is None:
        same = [o for o in analysis.index.occurrences if o.about == found.about]
        return [o.span for o in same]
    places = occurrences_of(found.symbol, [analysis, *others])
    return [
        o.span
        for occurrences in places.values()
        for o in occurrences
        if with_definition or not o.defines
    ]
