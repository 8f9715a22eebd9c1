"""The requests of the protocol, each answered by one function from what was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from w2sdl.format import format_text
from w2sdl.lsp.actions import mends
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.completion import complete
from w2sdl.lsp.convert import Converter, markup_kind, uri_of
from w2sdl.lsp.hover import Hover, hover
from w2sdl.lsp.navigation import PythonPlace, definition, references
from w2sdl.lsp.outline import TOKEN_MODIFIERS, TOKEN_TYPES, outline, tokens
from w2sdl.lsp.rename import RenameRefused, rename, renameable
from w2sdl.lsp.session import Document, Session


class Refused(JsonRpcException):
    """A request that can't be met, with a sentence for the user."""

    CODE = -32803  # the protocol's "request failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on an open document."""

    session: Session
    document: Document
    convert: Converter
    params: Any
    client: types.ClientCapabilities

    @property
    def analysis(self) -> Analysis:
        return self.document.analysis

    @property
    def offset(self) -> int:
        """Where the request points to."""
        return self.convert.positions.offset(self.params.position)

    def hover(self) -> Hover | None:
        return hover(self.analysis, self.offset)

    def shown(self, found: Hover, stored: str) -> types.Hover:
        """What a hover shows."""
        text = f"{found.text}\n\n{stored}" if stored else found.text
        document = self.client.text_document
        wanted = document.hover.content_format if document and document.hover else None
        content = types.MarkupContent(markup_kind(wanted), text)
        return types.Hover(content, self.convert.range(found.span))

    @property
    def items(self) -> types.ClientCompletionItemOptions:
        """What the client can do with candidates."""
        document = self.client.text_document
        completion = document.completion if document else None
        item = completion.completion_item if completion else None
        return item or types.ClientCompletionItemOptions()


@dataclass(frozen=True, slots=True)
class Feature:
    """A method of the protocol, and what answers it."""

    method: str
    answer: Callable[[Asked], Any]
    options: Any = None


def _symbols(asked: Asked) -> list[types.DocumentSymbol]:
    return [asked.convert.item(item) for item in outline(asked.analysis)]


def _tokens(asked: Asked) -> types.SemanticTokens:
    return types.SemanticTokens(asked.convert.tokens(tokens(asked.analysis)))


def _completion(asked: Asked) -> types.CompletionList:
    offset = asked.offset
    found = complete(asked.analysis, offset)
    replaced = asked.convert.positions.range(found.start, offset)
    kind = markup_kind(asked.items.documentation_format)
    snippets = bool(asked.items.snippet_support)
    items = [asked.convert.candidate(one, replaced, snippets, kind) for one in found.candidates]
    return types.CompletionList(is_incomplete=False, items=items)


def _definition(asked: Asked) -> types.Location | None:
    found = definition(asked.analysis, asked.offset)
    if isinstance(found, PythonPlace):
        start = types.Position(found.line, 0)
        return types.Location(uri_of(found.path), types.Range(start, start))
    return asked.convert.location(found) if found is not None else None


def _references(asked: Asked) -> Sequence[types.Location]:
    others = asked.session.related(asked.analysis)
    wanted = asked.params.context.include_declaration
    spans = references(asked.analysis, asked.offset, others, wanted)
    return [asked.convert.location(span) for span in spans]


def _highlights(asked: Asked) -> list[types.DocumentHighlight]:
    spans = references(asked.analysis, asked.offset, (), with_definition=True)
    return [types.DocumentHighlight(asked.convert.range(span)) for span in spans]


def _can_be_renamed(asked: Asked) -> types.PrepareRenamePlaceholder:
    try:
        found = renameable(asked.analysis, asked.offset)
    except RenameRefused as refusal:
        raise Refused(str(refusal)) from refusal
    return types.PrepareRenamePlaceholder(asked.convert.range(found.span), found.span.text)


def _renamed(asked: Asked) -> types.WorkspaceEdit:
    name, related = asked.params.new_name, asked.session.related(asked.analysis)
    try:
        places = rename(asked.analysis, asked.offset, name, related)
    except RenameRefused as refusal:
        raise Refused(str(refusal)) from refusal
    edits: dict[str, list[types.TextEdit]] = {}
    for spans in places.values():
        for span in spans:
            location = asked.convert.location(span)
            edits.setdefault(location.uri, []).append(types.TextEdit(location.range, name))
    return types.WorkspaceEdit(edits)


def _formatted(asked: Asked) -> list[types.TextEdit]:
    """The text in the one style; a text with syntax errors is left as it is."""
    text, _ = format_text(asked.analysis.source)
    if text is None or text == asked.document.text:
        return []
    return [types.TextEdit(asked.convert.positions.range(0, len(asked.document.text)), text)]


def _mended(asked: Asked) -> list[types.CodeAction]:
    convert, wanted = asked.convert, asked.params.range
    start, end = convert.positions.offset(wanted.start), convert.positions.offset(wanted.end)
    return [
        types.CodeAction(
            mend.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[convert.diagnostic(mend.diagnostic)],
            is_preferred=mend.preferred,
            edit=types.WorkspaceEdit(
                {convert.uri: [types.TextEdit(convert.range(mend.span), mend.text)]}
            ),
        )
        for mend in mends(asked.analysis.source, asked.document.messages, start, end)
    ]


FEATURES = (
    Feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, _symbols),
    Feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        _tokens,
        types.SemanticTokensLegend(list(TOKEN_TYPES), list(TOKEN_MODIFIERS)),
    ),
    Feature(
        types.TEXT_DOCUMENT_COMPLETION,
        _completion,
        types.CompletionOptions(trigger_characters=[".", "(", "[", "{", ":", '"', " "]),
    ),
    Feature(types.TEXT_DOCUMENT_DEFINITION, _definition),
    Feature(types.TEXT_DOCUMENT_REFERENCES, _references),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, _highlights),
    Feature(types.TEXT_DOCUMENT_PREPARE_RENAME, _can_be_renamed),
    Feature(types.TEXT_DOCUMENT_RENAME, _renamed, types.RenameOptions(prepare_provider=True)),
    Feature(types.TEXT_DOCUMENT_FORMATTING, _formatted),
    Feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        _mended,
        types.CodeActionOptions([types.CodeActionKind.QuickFix]),
    ),
)
