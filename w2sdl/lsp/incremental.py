"""Parses the texts of one document one after another: what an edit leaves alone is not read again.

Tokens and declarations are kept from one text to the next and put where they stand now, in place. So
what an earlier parse gave is good only until the next one: its places are then those of the new text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from lark import Token

from w2sdl.lsp.edits import Edit
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes
from w2sdl.syntax.chunks import Chunk
from w2sdl.syntax.lexer import lexer
from w2sdl.syntax.parse import parse_declaration, parse_module
from w2sdl.syntax.place import Mistake

#: A token is lexed again if the edit begins this near behind it: it may have looked so far ahead.
LOOK_AHEAD = 4


class IncrementalParser:
    """The parser of one document."""

    def __init__(self) -> None:
        self._tokens = _RememberedTokens()
        self._before: dict[Any, list[_Declaration]] = {}
        self._now: dict[Any, list[_Declaration]] = {}

    def parse(self, source: Source) -> tuple[nodes.Module, tuple[Diagnostic, ...]]:
        """Parse the next text; gives what `parse_module` gives."""
        self._before, self._now = self._now, {}
        return parse_module(source, self._tokens.read, self._declaration)

    def _declaration(self, chunk: Chunk, source: Source) -> tuple[Any, list[Mistake]]:
        if not (chunk.is_whole and chunk.tokens):
            return parse_declaration(chunk, source)
        start, end = chunk.tokens[0].start_pos or 0, chunk.tokens[-1].end_pos
        # The text alone is not enough: tokens may have been mended.
        key = (source.text[start:end], "\0".join(chunk.tokens), chunk.is_spoiled)
        known = self._before.get(key)
        if known:
            declaration = known.pop()
            declaration.move(source, start)
        else:
            declaration = _Declaration(start, *parse_declaration(chunk, source))
        self._now.setdefault(key, []).append(declaration)
        return declaration.parsed, declaration.mistakes


class _Declaration:
    """What was read of one declaration, with all its places."""

    def __init__(self, start: int, parsed: Any, mistakes: list[Mistake]) -> None:
        self.parsed = parsed
        self.mistakes = mistakes
        self._start = start
        spans: dict[int, Span] = {}
        _collect((parsed, mistakes), spans)
        self._spans = list(spans.values())

    def move(self, source: Source, start: int) -> None:
        """Put it where it stands in another text."""
        by, self._start = start - self._start, start
        for span in self._spans:
            _set_source(span, source)
            _set_start(span, span.start + by)
            _set_end(span, span.end + by)


# A span is frozen for everybody else; these are the slots behind it.
_set_source = Span.__dict__["source"].__set__
_set_start = Span.__dict__["start"].__set__
_set_end = Span.__dict__["end"].__set__


def _collect(thing: Any, spans: dict[int, Span]) -> None:
    """All spans inside a tree of nodes or a message, each once."""
    if isinstance(thing, Span):
        spans[id(thing)] = thing
    elif isinstance(thing, list | tuple) and not isinstance(thing, Token):
        for item in thing:
            _collect(item, spans)
    elif isinstance(thing, Diagnostic):
        _collect(list(vars(thing).values()), spans)
    elif is_dataclass(thing) and not isinstance(thing, Source):
        for field in fields(thing):
            _collect(getattr(thing, field.name), spans)


@dataclass
class _Pass:
    """One lexing: from where, of which text, what came out, and where it ended."""

    text: str
    start: int
    tokens: list[Token]
    stop: int


class _RememberedTokens:
    """Lexes a text by what it was before.

    Lexing is taken up again behind each slip (``start`` is not 0 then): the passes over a text are
    compared with those over the text before, by their number.
    """

    def __init__(self) -> None:
        self._passes: list[_Pass] = []
        self._number = 0

    def read(self, text: str, start: int = 0, line: int = 1) -> tuple[list[Token], int]:
        """The tokens from ``start`` on, and where lexing ended."""
        self._number = self._number + 1 if start else 0
        before = self._passes[self._number] if self._number < len(self._passes) else None
        now = _again(before, text, start, line) if before else _anew(text, start, line)
        self._passes[self._number :] = [now]
        return list(now.tokens), now.stop


def _anew(text: str, start: int, line: int) -> _Pass:
    tokens, stop = lexer().tokens(text, start, line)
    return _Pass(text, start, tokens, stop)


def _again(before: _Pass, text: str, start: int, line: int) -> _Pass:
    edit = Edit.between(before.text, text)
    kept = _untouched(before, edit, start)
    if kept:
        start_again, line = kept[-1].end_pos or 0, kept[-1].end_line or line
    else:
        start_again = start
    first = bisect_left(before.tokens, edit.end, key=_start)
    known = _starts(before.tokens[first:], edit.growth)
    changed, stop = lexer().tokens(text, start_again, line, known)
    behind: list[Token] = []
    index = known.get(stop)
    if index is not None:
        behind = before.tokens[first + index :]
        lines = text.count("\n", 0, stop) + 1 - (behind[0].line or 0)
        _shift(behind, edit.growth, lines)
        stop = before.stop + edit.growth
    return _Pass(text, start, [*kept, *changed, *behind], stop)


def _untouched(before: _Pass, edit: Edit, start: int) -> list[Token]:
    """The tokens before an edit, if both passes begin at one place before it."""
    if before.start != start or edit.start <= start:
        return []
    return before.tokens[: bisect_left(before.tokens, edit.start - LOOK_AHEAD, key=_end)]


def _starts(tokens: list[Token], growth: int) -> Mapping[int, int]:
    """Where tokens begin in the new text -> their number."""
    return {(token.start_pos or 0) + growth: index for index, token in enumerate(tokens)}


def _shift(tokens: list[Token], by: int, lines: int) -> None:
    if by or lines:
        for token in tokens:
            token.start_pos += by  # type: ignore[operator]
            token.end_pos += by  # type: ignore[operator]
            token.line += lines  # type: ignore[operator]
            token.end_line += lines  # type: ignore[operator]


def _start(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return token.end_pos or 0
