"""Text to lexemes, by the terminals of the grammar: one regular expression, several times lark's speed.

An editor lexes the whole text at every keystroke. What comes out is what lark's own lexer gives (a
test compares them); what differs is that bad characters are passed over, and where they stood is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple

from lark.lexer import PatternStr, TerminalDef

from w2sdl.lexing import parser


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
        self._name = next(t for t in ordered if t.name == "NAME")
        pattern = re.compile(self._name.pattern.to_regexp())
        #: Words that would be names if they were no keywords.
        self.keywords = {
            t.pattern.value: t.name for t in words if pattern.fullmatch(t.pattern.value)
        }
        rest = [t for t in ordered if t.pattern.value not in self.keywords]
        groups = (f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in rest)
        self._pattern = re.compile("|".join(groups))
        self._ignored = frozenset(ignored)

    def lex(
        self, text: str, start: int = 0, end: int | None = None, *, past_bad: bool = True
    ) -> tuple[list[Lexeme], int]:
        """The lexemes between two offsets, and where lexing stopped.

        A character that begins no lexeme is passed over, or stops it (``past_bad=False``).
        """
        stop = len(text) if end is None else end
        ignored, keywords = self._ignored, self.keywords
        new = tuple.__new__  # half the time of Lexeme(...), at tens of thousands of them
        lexemes: list[Lexeme] = []
        position = start
        for match in self._pattern.finditer(text, start, stop):
            begin, after = match.span()
            if begin != position and not past_bad:
                return lexemes, position
            position = after
            kind = match.lastgroup or ""
            if kind not in ignored:
                if kind == "NAME":
                    kind = keywords.get(match[0], kind)
                lexemes.append(new(Lexeme, (kind, begin, after)))
        return lexemes, stop if past_bad else position


@cache
def lexer() -> Lexer:
    """The lexer of the language."""
    known = parser()
    return Lexer(known.terminals, known.ignore_tokens)
