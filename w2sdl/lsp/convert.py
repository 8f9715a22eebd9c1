"""From what the other files of this package give to what the protocol sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.candidates import Candidate, Sort
from w2sdl.lsp.outline import TOKEN_MODIFIERS, TOKEN_TYPES, Item
from w2sdl.lsp.positions import Positions
from w2sdl.lsp.symbols import SymbolKind
from w2sdl.messages.diagnostics import Diagnostic, Level
from w2sdl.source import Span

SOURCE = "w2sdl"
_SEVERITY = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.NOTE: types.DiagnosticSeverity.Information,
}
#: Lints on what could as well be removed: an editor shows it faded.
_UNNECESSARY = frozenset({"unused_axis", "unused_binding"})

_SYMBOLS = {
    SymbolKind.EXPERIMENT: types.SymbolKind.Package,
    SymbolKind.IMPORT: types.SymbolKind.Module,
    SymbolKind.AXIS: types.SymbolKind.Enum,
    SymbolKind.BINDING: types.SymbolKind.Variable,
    SymbolKind.MEASURE: types.SymbolKind.Event,
    SymbolKind.EXPECT: types.SymbolKind.Boolean,
    SymbolKind.BASELINE: types.SymbolKind.Constant,
    SymbolKind.PROFILE: types.SymbolKind.Namespace,
    SymbolKind.DEFINITION: types.SymbolKind.Function,
    SymbolKind.FIELD: types.SymbolKind.Property,
}
_CANDIDATES = {
    Sort.BINDING: types.CompletionItemKind.Variable,
    Sort.AXIS: types.CompletionItemKind.Enum,
    Sort.VALUE: types.CompletionItemKind.Value,
    Sort.OPERATION: types.CompletionItemKind.Function,
    Sort.VARIANT: types.CompletionItemKind.Constructor,
    Sort.PARAMETER: types.CompletionItemKind.Field,
    Sort.PART: types.CompletionItemKind.Property,
    Sort.POINT: types.CompletionItemKind.EnumMember,
    Sort.WORD: types.CompletionItemKind.Keyword,
    Sort.ENUM: types.CompletionItemKind.EnumMember,
    Sort.FILE: types.CompletionItemKind.File,
    Sort.LIBRARY: types.CompletionItemKind.Module,
}


def uri_of(path: Path) -> str:
    """The address of a file."""
    return from_fs_path(str(path.resolve())) or ""


class Converter:
    """Turns places of one document, and of the files that it names, into positions."""

    def __init__(self, uri: str, analysis: Analysis, encoding: str) -> None:
        self.uri = uri
        self.analysis = analysis
        self.source = source = analysis.source
        self.encoding = encoding
        self.positions = Positions(source.text, encoding)
        self._others: dict[int, Positions] = {}

    def location(self, span: Span) -> types.Location:
        """A place in any file."""
        if span.source is self.source:
            return types.Location(self.uri, self.positions.range(span.start, span.end))
        positions = self._others.setdefault(
            id(span.source), Positions(span.source.text, self.encoding)
        )
        return types.Location(uri_of(Path(span.source.name)), positions.range(span.start, span.end))

    def range(self, span: Span) -> types.Range:
        return self.positions.range(span.start, span.end)

    def diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        """A message, with all that it has to say."""
        lines = [found.title(), *(f"{kind}: {text}" for kind, text in found.notes())]
        span, related = found.span, [(label.span, label.text) for label in found.related]
        if span is not None and span.source is not self.source:
            related.insert(0, (span, found.title()))
            lines.insert(0, f"in {Path(span.source.name).name}:")
            span = self.analysis.import_of(span.source)
        tags = [types.DiagnosticTag.Unnecessary] if _lint(found) in _UNNECESSARY else None
        return types.Diagnostic(
            self._marked(span),
            "\n".join(lines),
            severity=_SEVERITY[found.level],
            code=found.code,
            source=SOURCE,
            tags=tags,
            related_information=[
                types.DiagnosticRelatedInformation(self.location(place), text)
                for place, text in related
            ],
        )

    def _marked(self, span: Span | None) -> types.Range:
        """What is underlined: one line at most, one character at least; the first line for no place."""
        start, end = (span.start, span.end) if span is not None else (0, 0)
        line_end = self.source.text.find("\n", start)
        line_end = len(self.source.text) if line_end < 0 else line_end
        return self.positions.range(start, min(max(end, start + 1), max(line_end, start)))

    def complaint(self, text: str) -> types.Diagnostic:
        """A message about the document as a whole."""
        return types.Diagnostic(
            self._marked(None), text, severity=types.DiagnosticSeverity.Error, source=SOURCE
        )

    def item(self, item: Item) -> types.DocumentSymbol:
        """An entry of the outline."""
        return types.DocumentSymbol(
            item.name,
            _SYMBOLS.get(item.kind, types.SymbolKind.Variable),
            self.range(item.span),
            self.range(item.name_span),
            detail=item.detail,
            children=[self.item(child) for child in item.children],
        )

    def candidate(
        self,
        candidate: Candidate,
        replaced: types.Range,
        snippets: bool,
        kind: types.MarkupKind = types.MarkupKind.Markdown,
    ) -> types.CompletionItem:
        """Something to write. Without snippets the mark of the cursor is left out."""
        text = candidate.text or candidate.label
        marked = "$0" in text
        if not snippets or not marked:
            text = text.replace("$0", "")
        form = types.InsertTextFormat.Snippet if snippets and marked else None
        return types.CompletionItem(
            candidate.label,
            kind=_CANDIDATES[candidate.sort],
            detail=candidate.detail or None,
            documentation=types.MarkupContent(kind, candidate.doc) if candidate.doc else None,
            sort_text=f"{candidate.rank}{candidate.label.casefold()}",
            insert_text_format=form,
            text_edit=types.TextEdit(replaced, text),
        )

    def tokens(self, found: Iterable[tuple[Span, str, bool]]) -> list[int]:
        """Semantic tokens in the protocol's form: five numbers each, places relative to the last."""
        numbers: list[int] = []
        line = column = 0
        for span, kind, defines in found:
            place = self.range(span)
            start, end = place.start, place.end
            if start.line != end.line:
                continue
            same_line = start.line == line
            numbers += [
                start.line - line,
                start.character - (column if same_line else 0),
                end.character - start.character,
                TOKEN_TYPES.index(kind),
                1 << TOKEN_MODIFIERS.index("declaration") if defines else 0,
            ]
            line, column = start.line, start.character
        return numbers


def _lint(found: Diagnostic) -> str:
    return str(getattr(found, "lint", ""))


def markup_kind(takes: Sequence[types.MarkupKind] | None) -> types.MarkupKind:
    """Markdown where the client can show it; else the same text, plain."""
    markdown = types.MarkupKind.Markdown
    return markdown if markdown in (takes or ()) else types.MarkupKind.PlainText
