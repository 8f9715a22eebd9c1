"""Where in a declaration the parser stopped, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lark import Token

from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.source import Source, Span

OPENING = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}
CLOSING = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
KEYWORDS = frozenset({
    "EXPERIMENT", "IMPORT", "AXIS", "DATA", "WEAK", "STRONG", "MEASURE", "EXPECT", "PROFILE", "DEF",
    "BASELINE",
})  # fmt: skip
RESERVED = KEYWORDS | {"ON", "AS", "ALLOW", "TRUE", "FALSE"}
LABELS = RESERVED | {"NAME"}
NUMBERS = frozenset({"INTEGER", "FLOAT", "PERCENT", "QUANTITY"})
STRINGS = frozenset({"STRING", "LONG_STRING"})
VALUES = LABELS | NUMBERS | STRINGS | {"LSQB", "LBRACE"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A message, and the tokens as they were meant: empty where that can't be said.

    ``names`` are words that the rest of the spec may use as if the declaration were right.
    """

    diagnostic: Diagnostic
    mended: tuple[Token, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A token of a declaration, by its index; behind the last one when something is missing there."""

    chunk: tuple[Token, ...]
    at: int
    accepts: frozenset[str]  #: types of the tokens that could stand here
    source: Source

    @property
    def first(self) -> str:
        """The type of the token that the declaration begins with."""
        return self.chunk[0].type if self.chunk else ""

    def token(self, offset: int = 0) -> Token:
        """The token here, or one so many before or after it; one of type "" outside the declaration."""
        index = self.at + offset
        return self.chunk[index] if 0 <= index < len(self.chunk) else Token("", "")

    def type(self, offset: int = 0) -> str:
        return self.token(offset).type

    def text(self, offset: int = 0) -> str:
        return str(self.token(offset))

    def touches(self, offset: int = 0) -> bool:
        """Whether nothing stands between a token and the one before it."""
        end, start = self.token(offset - 1).end_pos, self.token(offset).start_pos
        return end is not None and end == start

    def are(self, first: int, *types: str) -> bool:
        """Whether tokens of these types stand here one touching the other, from an offset on."""
        offsets = range(first, first + len(types))
        return all(self.type(o) == kind for o, kind in zip(offsets, types, strict=True)) and all(
            self.touches(o) for o in offsets[1:]
        )

    def span(self, first: int = 0, last: int = 0) -> Span:
        """From one token to another, by offsets."""
        one, other = (token_span(self.source, self.token(o)) for o in (first, last))
        return one.to(other)

    def written(self, first: int, last: int) -> str:
        """The text from one token to another."""
        return self.span(first, last).text

    def replaced(self, first: int, last: int, *tokens: Token) -> tuple[Token, ...]:
        """The declaration with some of its tokens, given by offsets, replaced."""
        return (*self.chunk[: self.at + first], *tokens, *self.chunk[self.at + last + 1 :])

    def like(self, kind: str, text: str, offset: int = 0) -> Token:
        """A token of another type in the place of one."""
        return Token.new_borrow_pos(kind, text, self.token(offset))

    @cached_property
    def bracket(self) -> int:
        """The index of the innermost bracket that is open here; -1 outside all."""
        return list(enclosing(self.chunk[: self.at]))[-1]

    @property
    def opened(self) -> str:
        """The type of the innermost open bracket; "" outside all, and "BODY" among settings or bindings."""
        if self.bracket < 0:
            return ""
        return "BODY" if is_body(self.chunk, self.bracket) else self.chunk[self.bracket].type


#: Says what is wrong at a place, if it knows.
Recogniser = Callable[[Place], Mistake | None]


def enclosing(tokens: Sequence[Token]) -> Iterator[int]:
    """For each token, and for what follows the last: the innermost bracket that is open; -1 for none."""
    stack: list[int] = []
    for index, token in enumerate(tokens):
        yield stack[-1] if stack else -1
        if token.type in OPENING:
            stack.append(index)
        elif token.type in CLOSING and stack:
            stack.pop()
    yield stack[-1] if stack else -1


def is_body(chunk: tuple[Token, ...], bracket: int) -> bool:
    """Whether a bracket holds the settings of a profile or the bindings of a sub-graph."""
    braces = (index for index, token in enumerate(chunk) if token.type == "LBRACE")
    return chunk[0].type in ("PROFILE", "DEF") and bracket == next(braces, -1)


def token_span(source: Source, token: Token) -> Span:
    """Where a token stands."""
    start = token.start_pos or 0
    return Span(source, start, max(start + 1, token.end_pos or 0))
