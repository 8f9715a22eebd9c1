"""Text to lexemes, by the terminals of the grammar: one regular expression, several times lark's speed.

An editor lexes the whole text at every keystroke. What comes out is what lark's own lexer gives; a test
compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from lark import Lark, Token
from lark.lexer import Lexer as LarkLexer
from lark.lexer import PatternStr, TerminalDef

from w2sdl.syntax.grammar_text import grammar_text


class Lexeme(NamedTuple):
    """A token as a place in a text: the terminal's name, and offsets."""

    type: str
    start: int
    end: int


class Lexer:
    """Lexes by the terminals of a grammar."""

    def __init__(self, terminals: Iterable[TerminalDef], ignored: Collection[str]) -> None:
        # The order in which lark tries terminals, too.
        ordered = sorted(
            terminals,
            key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
        )
        words = [t for t in ordered if isinstance(t.pattern, PatternStr)]
        name = next(t for t in ordered if t.name == "NAME")
        pattern = re.compile(name.pattern.to_regexp())
        #: Words that would be names if they were no keywords.
        self.keywords = {
            t.pattern.value: t.name for t in words if pattern.fullmatch(t.pattern.value)
        }
        rest = [t for t in ordered if t.pattern.value not in self.keywords]
        groups = (f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in rest)
        # One character that begins no lexeme is a match too: without it a search for the next lexeme
        # would read the rest of the text, at every such character.
        self._pattern = re.compile("|".join([*groups, "(?s:.)"]))
        self._ignored = frozenset(ignored)

    def lexemes(self, text: str, start: int = 0, end: int | None = None) -> list[Lexeme]:
        """The lexemes between two offsets. A character that begins none is passed over."""
        stop = len(text) if end is None else end
        ignored, keywords = self._ignored, self.keywords
        new = tuple.__new__  # half the time of Lexeme(...), at tens of thousands of them
        found: list[Lexeme] = []
        for match in self._pattern.finditer(text, start, stop):
            kind = match.lastgroup
            if kind is not None and kind not in ignored:
                if kind == "NAME":
                    kind = keywords.get(match[0], kind)
                found.append(new(Lexeme, (kind, *match.span())))
        return found

    def tokens(
        self, text: str, start: int = 0, line: int = 1, known: Mapping[int, int] | None = None
    ) -> tuple[list[Token], int]:
        """The tokens from ``start`` on, and where it ended: at the end, or at a character that begins none.

        Columns are left to `w2sdl.source`. It ends before a token that begins at a ``known`` offset.
        """
        ignored, keywords, known = self._ignored, self.keywords, known or {}
        tokens: list[Token] = []
        position = start
        for match in self._pattern.finditer(text, start):
            begin, end = match.span()
            kind = match.lastgroup
            if kind is None or begin in known:
                break
            position = end
            value = match[0]
            if kind in ignored:
                line += value.count("\n")
                continue
            if kind == "NAME":
                kind = keywords.get(value, kind)
            last = line + value.count("\n") if kind == "LONG_STRING" else line
            tokens.append(Token(kind, value, begin, line, None, last, None, end))
            line = last
        return tokens, position


class _NoLexer(LarkLexer):
    """The parser is fed with tokens: lark need build no lexer, nor check one."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        return iter(())


@cache
def parser() -> Lark:
    """The parser of the grammar; it begins with a module or with an expression."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer=_NoLexer,
        start=["module", "expression"],
        propagate_positions=True,
        maybe_placeholders=True,
    )


@cache
def lexer() -> Lexer:
    """The lexer of the language."""
    known = parser()
    return Lexer(known.terminals, known.ignore_tokens)
