"""The token stream cut into declarations, so that a mistake in one hides none in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Collector, Diagnostic, Label
from w2sdl.source import Source
from w2sdl.syntax.lexing import Lexed
from w2sdl.syntax.place import CLOSING, KEYWORDS, OPENING, RESERVED, STRINGS, token_span

MAX_DEPTH = 60
MAX_LINKS = 120

_ROLES = frozenset({"DATA", "WEAK", "STRONG"})
_BODIES = frozenset({"PROFILE", "DEF"})

#: Tokens after which a value is complete: a name on the next line begins another declaration.
_ENDS = frozenset(
    {"NAME", "INTEGER", "FLOAT", "PERCENT", "QUANTITY", "TRUE", "FALSE", *STRINGS, *CLOSING}
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The tokens of one declaration; not whole where its brackets don't match."""

    tokens: tuple[Token, ...]
    is_whole: bool = True
    is_spoiled: bool = False  #: something in it could not be read


def declaration_chunks(lexed: Lexed, source: Source, found: Collector) -> Iterator[Chunk]:
    """Cut the token stream before each declaration, and say which brackets don't match.

    A declaration begins, outside brackets, with a declaration word or with ``name =``. One that begins
    inside a bracket that is still open shows that the bracket was never closed.
    """
    chunk: list[Token] = []
    brackets = _Brackets(source, found, lexed)
    for index, token in enumerate(lexed.tokens):
        if chunk and _begins_declaration(lexed.tokens, index, brackets.open, chunk):
            yield brackets.end(chunk, token.start_pos or 0)
            left_open = brackets.left_open or _left_open(chunk)
            chunk, brackets = [], _Brackets(source, found, lexed, left_open)
        elif chunk and _begins_in_body(lexed.tokens, index, brackets.open, chunk):
            brackets.leave(1, chunk, token.start_pos or 0)
        if brackets.add(token, chunk):
            chunk.append(token)
        too_large = brackets.too_large(token)
        if too_large is not None:
            found.add(too_large)
            rest = (*chunk, *lexed.tokens[index + 1 :])  # not read; its names are not missed
            yield Chunk(rest, is_whole=False)
            return
    if chunk:
        yield brackets.end(chunk, len(source.text))


def _left_open(chunk: list[Token]) -> bool:
    """Whether the body of a profile or a sub-graph goes on behind what was taken for its end."""
    return chunk[0].type in _BODIES and chunk[-1].type != "RBRACE"


class _Brackets:
    """The brackets of one declaration, as they open and close.

    A mistake in them is reported once for a declaration, which is then not read any further.
    """

    def __init__(
        self, source: Source, found: Collector, lexed: Lexed, left_open: bool = False
    ) -> None:
        self.open: list[Token] = []
        self._source = source
        self._found = found
        self._lexed = lexed
        self.left_open = left_open  #: a body before lost its bracket: one `}` too many is no news
        self._matching = True
        self._links = 0

    def too_large(self, token: Token) -> Diagnostic | None:
        """The message for a declaration that nests deeper, or chains more, than is read."""
        self._links = _links(token, self._links)
        if len(self.open) > MAX_DEPTH:
            return syntax.TooDeep(span=token_span(self._source, token), limit=MAX_DEPTH)
        if self._links > MAX_LINKS:
            return syntax.TooLong(span=token_span(self._source, token), limit=MAX_LINKS)
        return None

    def add(self, token: Token, chunk: list[Token]) -> bool:
        """Take a token into account; false for a closing bracket that closes nothing."""
        inputs_open = [bracket.type for bracket in self.open] == ["LPAR"]
        if token.type == "LBRACE" and chunk and chunk[0].type == "DEF" and inputs_open:
            self.leave(0, chunk, token.start_pos or 0)  # `def f(a -> b {`
        if token.type in OPENING:
            self.open.append(token)
        if token.type not in CLOSING:
            return True
        if self.open and self.open[-1].type == CLOSING[token.type]:
            self.open.pop()
            return True
        if self.left_open and token.type == "RBRACE" and not self.open:
            self.left_open = False
            return False
        if self._matching and not self._is_spoiled(chunk, token.end_pos or 0):
            self._found.add(self._mismatch(token) if self.open else self._nothing_open(token))
        self._matching = False
        return bool(self.open)

    def _nothing_open(self, token: Token) -> syntax.UnmatchedClosing:
        return syntax.UnmatchedClosing(
            span=token_span(self._source, token),
            bracket=str(token),
            what="nothing",
            expected="no bracket is open here",
            advice="remove it, or open one before",
        )

    def _mismatch(self, token: Token) -> syntax.UnmatchedClosing:
        opened = self.open[-1]
        closing = OPENING[opened.type]
        related = (Label(token_span(self._source, opened), "opened here"),)
        return syntax.UnmatchedClosing(
            span=token_span(self._source, token),
            bracket=str(token),
            what=f"no `{opened}`",
            expected=f"`{closing}` should stand here",
            advice=f"close `{opened}` with `{closing}` first",
            related=related,
        )

    def leave(self, depth: int, chunk: list[Token], end: int) -> None:
        """Report the innermost bracket as never closed, and go on with fewer that are open."""
        if self._matching and not self._is_spoiled(chunk, end):
            bracket = self.open[-1]
            self._found.add(
                syntax.UnclosedBracket(
                    span=token_span(self._source, bracket),
                    bracket=str(bracket),
                    closing=OPENING[bracket.type],
                )
            )
        self._matching = False
        self.open = self.open[:depth]

    def end(self, chunk: list[Token], end: int) -> Chunk:
        """The declaration that ends here; a bracket that is still open is reported."""
        if self.open:
            self.leave(0, chunk, end)
        return Chunk(tuple(chunk), self._matching, self._is_spoiled(chunk, end))

    def _is_spoiled(self, chunk: list[Token], end: int) -> bool:
        return self._lexed.is_spoiled(chunk[0].start_pos or 0 if chunk else end, end)


def _links(token: Token, before: int) -> int:
    """How many operators, fields and calls hang together so far: they nest as brackets do."""
    if token.type in {"COMMA", "EQUAL", "COLON"}:
        return 0
    return before + (token.type in {"PLUS", "MINUS", "PRODUCT", "DOT", "LPAR", "LSQB"})


def _begins_declaration(
    tokens: tuple[Token, ...], index: int, open_brackets: list[Token], chunk: list[Token]
) -> bool:
    token, before = tokens[index], tokens[index - 1]
    if token.type != "NAME" and token.type not in KEYWORDS:
        return False
    following = tokens[index + 1].type if index + 1 < len(tokens) else ""
    starts_line = before.end_line != token.line
    if not starts_line and _is_hopeless(chunk):
        return False
    in_body = chunk[0].type == "DEF" and [b.type for b in open_brackets[:1]] == ["LBRACE"]
    if token.type in _ROLES and in_body:
        return False  # a model or data with a role, inside a def
    if token.type in KEYWORDS:
        outside = not open_brackets and before.type != "DOT"
        return (outside or starts_line) and following in {"NAME", "STRING", "EQUAL"} | RESERVED
    if not open_brackets and starts_line and before.type in _ENDS:
        return True
    if not _is_bound(tokens, index) or (open_brackets and not starts_line):
        return False  # `width = 16` among arguments: a slip, not a declaration
    if before.type not in _ENDS and (open_brackets or not starts_line):
        return False  # the same on a line of its own; or `my-scores = ...`
    if any(bracket.type == "LBRACE" for bracket in open_brackets):
        return False  # a setting of a profile, or the body of a def
    # `data x = ...` and `axis x = ...`: the name belongs to the word before it.
    return not (len(chunk) == 1 and chunk[0].type in KEYWORDS)


def _begins_in_body(
    tokens: tuple[Token, ...], index: int, open_brackets: list[Token], chunk: list[Token]
) -> bool:
    """Whether a setting or binding begins on this line of a body, inside a bracket left open before."""
    if chunk[0].type not in _BODIES or len(open_brackets) < 2 or open_brackets[0].type != "LBRACE":
        return False
    token, before = tokens[index], tokens[index - 1]
    if before.end_line == token.line or before.type not in _ENDS:
        return False
    role = token.type in _ROLES and chunk[0].type == "DEF"
    return role or (token.type == "NAME" and _is_bound(tokens, index))


def _is_hopeless(chunk: list[Token]) -> bool:
    """Whether a declaration begins as none does (``mesure x``, ``from lib``): then its line is its own."""
    begins = chunk[1].type if len(chunk) > 1 else ""
    return chunk[0].type == "NAME" and begins not in ("EQUAL", "DOT", "COLON")


def _is_bound(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether ``name =`` or ``one.next =`` begins here."""
    if tokens[index - 1].type == "DOT" and index:
        return False
    after = index + 1
    while after + 1 < len(tokens) and tokens[after].type == "DOT":
        after += 2
    return after < len(tokens) and tokens[after].type == "EQUAL"
