"""Text to tokens. What is no token is reported, mended or blanked out, and lexing goes on behind it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lark import Token

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Collector, Diagnostic
from w2sdl.source import Source
from w2sdl.syntax.lexer import lexer
from w2sdl.syntax.slips import Slip, foreign_comments, grouped_numbers, slip_at
from w2sdl.syntax.soft_words import tell_words

MAX_SLIPS = 200  #: places where lexing is taken up again; behind them nothing more is read
MAX_REPORTED = 20


#: Reads tokens from an offset in a line on, and says where it ended: `Lexer.tokens`, or
#: one that remembers the text before.
Read = Callable[[str, int, int], tuple[list[Token], int]]


@dataclass(frozen=True, slots=True)
class Lexed:
    """Tokens, and what could not be read. ``spoiled`` are offsets of what could not be mended."""

    tokens: tuple[Token, ...]
    spoiled: tuple[int, ...] = ()
    swallowed: str = ""  #: text that is not read, behind a string that is never closed
    gave_up: bool = False

    def is_spoiled(self, start: int, end: int) -> bool:
        """Whether something in a stretch could not be read: what else is wrong there may follow."""
        index = bisect_left(self.spoiled, start)
        return index < len(self.spoiled) and self.spoiled[index] < end


def lex(source: Source, found: Collector, skip: int = 0, read: Read | None = None) -> Lexed:
    """All tokens of a source behind its first ``skip`` characters."""
    text = " " * skip + source.text[skip:]
    comments = foreign_comments(source, text) if "//" in text or "/*" in text else []
    for slip in comments:
        text = _mended(text, slip)
    tokens, slips, gave_up = _lex(source, text, read or lexer().tokens)
    if re.search(r"\d,\d{3}(?!\d)", text):
        tokens, numbers = grouped_numbers(source, tokens)
        slips += numbers
    slips += comments
    for diagnostic in _grouped(slips):
        found.add(diagnostic)
    spoiled = tuple(sorted(slip.start for slip in slips if not slip.is_clear))
    swallowed = next((text[s.start : s.end] for s in slips if s.swallows), "")
    if gave_up:
        swallowed = text[max(slip.end for slip in slips) :]
    return Lexed(tuple(tell_words(tokens)), spoiled, swallowed, gave_up)


def _lex(source: Source, text: str, read: Read) -> tuple[list[Token], list[Slip], bool]:
    tokens: list[Token] = []
    slips: list[Slip] = []
    at = 0
    for _ in range(MAX_SLIPS):
        more, at = read(text, at, text.count("\n", 0, at) + 1)
        tokens += more
        if at == len(text):
            return tokens, slips, False
        slip = slip_at(source, text, at, tokens)
        slips.append(slip)
        text = _mended(text, slip)
    return tokens, slips, True


def _mended(text: str, slip: Slip) -> str:
    return text[: slip.start] + slip.mended + text[slip.end :]


def _grouped(slips: Sequence[Slip]) -> list[Diagnostic]:
    """One message for slips of one kind, at the first of them."""
    first: dict[str | Slip, Slip] = {}
    more: dict[str | Slip, int] = {}
    for slip in sorted(slips, key=lambda slip: slip.start):
        kind: str | Slip = slip.kind if isinstance(slip.diagnostic, syntax.Repeated) else slip
        more[kind] = more.get(kind, -1) + 1
        first.setdefault(kind, slip)
    reported = []
    for key, slip in list(first.items())[:MAX_REPORTED]:
        diagnostic = slip.diagnostic
        if isinstance(diagnostic, syntax.Repeated):
            diagnostic = diagnostic.changed(more=more[key])
        reported.append(diagnostic)
    return reported
