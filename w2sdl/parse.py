"""Text to syntax tree. Each top-level declaration is parsed alone, so one mistake hides no other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedToken as LarkUnexpectedToken
from lark.exceptions import VisitError

from w2sdl import nodes
from w2sdl.diagnostics import Collector, Diagnostic, Label
from w2sdl.errors import syntax
from w2sdl.foreign import axis_slip
from w2sdl.lexing import Lexed, lex, parser
from w2sdl.mistakes import mistake_at
from w2sdl.place import CLOSING, KEYWORDS, OPENING, RESERVED, STRINGS, Mistake, Place, token_span
from w2sdl.source import Source, Span
from w2sdl.tree import Builder, NumberTooLong, normalise_name

MAX_DEPTH = 60
MAX_MENDED = 10  #: slips of one declaration that are mended and parsed again

#: Tokens after which a value is complete: a name on the next line begins another declaration.
_ENDS = frozenset({"NAME", "INTEGER", "FLOAT", "PERCENT", "TRUE", "FALSE", *STRINGS, *CLOSING})


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The tokens of one declaration; not whole where its brackets don't match."""

    tokens: tuple[Token, ...]
    is_whole: bool = True


def parse_module(source: Source) -> tuple[nodes.Module, tuple[Diagnostic, ...]]:
    """Parse a file. Declarations with mistakes are left out and reported."""
    found = Collector()
    lexed = lex(source, found)
    declarations: list[nodes.Declaration] = []
    broken = _names_in_text(lexed.swallowed)
    prose = False
    for chunk in _declaration_chunks(lexed, source, found):
        parsed, mistakes = _parse_chunk(chunk, lexed, source, "module")
        repeats = prose and _is_prose(mistakes)
        prose = _is_prose(mistakes)
        for mistake in () if repeats else mistakes:
            found.add(mistake.diagnostic)
        broken |= {normalise_name(name) for mistake in mistakes for name in mistake.names}
        if parsed is not None:
            declarations.extend(parsed)
        else:
            broken |= _names_declared(chunk.tokens)
            declarations += _stand_in(chunk.tokens, source)
    if lexed.gave_up and not any(isinstance(d, nodes.Experiment) for d in declarations):
        declarations.append(nodes.Experiment("", "", Span(source, 0, 0)))
    return nodes.Module(source, tuple(declarations), frozenset(broken)), found.all()


def _is_prose(mistakes: list[Mistake]) -> bool:
    """Whether a declaration is text without a ``#``: said once for all its lines."""
    stray = (syntax.StrayText, syntax.UnknownDeclaration)
    return (
        len(mistakes) == 1 and isinstance(mistakes[0].diagnostic, stray) and not mistakes[0].mended
    )


def _stand_in(chunk: tuple[Token, ...], source: Source) -> list[nodes.Declaration]:
    """An `experiment` line with a mistake is still one: it is not missed as well."""
    if not chunk or chunk[0].type != "EXPERIMENT":
        return []
    return [nodes.Experiment("", "", token_span(source, chunk[0]))]


def _names_declared(chunk: tuple[Token, ...]) -> set[str]:
    """Names that a declaration with a mistake may have meant to define: the first of each line."""
    found = set()
    line = 0
    for token in chunk:
        if token.line != line and token.type == "NAME":
            found.add(normalise_name(str(token)))
            line = token.line or 0
        elif token.type not in KEYWORDS:
            line = token.line or 0
    return found


def _names_in_text(text: str) -> set[str]:
    """Names that text behind a string which is never closed may have meant to define."""
    lines = re.finditer(r"^[^\S\n]*(?:\w+[^\S\n]+)?([^\W\d]\w*['′’]*)[^\S\n]*=", text, re.MULTILINE)
    return {normalise_name(line[1]) for line in lines}


def parse_expression(
    source: Source, skip: int = 0
) -> tuple[nodes.Expr | None, tuple[Diagnostic, ...]]:
    """Parse the value of a ``--set``, which begins after ``skip`` characters."""
    found = Collector()
    lexed = lex(source, found, skip)
    chunk = _Chunk(tuple(lexed.tokens))
    value, mistakes = _parse_chunk(chunk, lexed, source, "expression")
    for mistake in mistakes:
        found.add(mistake.diagnostic)
    return value, found.all()


def _declaration_chunks(lexed: Lexed, source: Source, found: Collector) -> Iterator[_Chunk]:
    """Cut the token stream before each declaration, and say which brackets don't match.

    A declaration begins, outside brackets, with a declaration word or with ``name =``. One that begins
    inside a bracket that is still open shows that the bracket was never closed.
    """
    chunk: list[Token] = []
    brackets = _Brackets(source, found, lexed)
    for index, token in enumerate(lexed.tokens):
        if chunk and _begins_declaration(lexed.tokens, index, brackets.open, chunk):
            yield _Chunk(tuple(chunk), brackets.end(chunk))
            chunk, brackets = [], _Brackets(source, found, lexed)
        if brackets.add(token, chunk):
            chunk.append(token)
        if len(brackets.open) > MAX_DEPTH:
            found.add(syntax.TooDeep(span=token_span(source, token), limit=MAX_DEPTH))
            yield _Chunk(tuple(chunk), False)
            return
    if chunk:
        yield _Chunk(tuple(chunk), brackets.end(chunk))


class _Brackets:
    """The brackets of one declaration, as they open and close."""

    def __init__(self, source: Source, found: Collector, lexed: Lexed) -> None:
        self.open: list[Token] = []
        self._source = source
        self._found = found
        self._lexed = lexed
        self._matching = True

    def add(self, token: Token, chunk: list[Token]) -> bool:
        """Take a token into account; false for a closing bracket that closes nothing."""
        if token.type in OPENING:
            self.open.append(token)
        elif token.type in CLOSING:
            if self.open and self.open[-1].type == CLOSING[token.type]:
                self.open.pop()
            elif self._matching and not _is_spoiled([*chunk, token], self._lexed):
                self._report(token)
                return bool(self.open)
            else:
                return bool(self.open)
        return True

    def _report(self, token: Token) -> None:
        span = token_span(self._source, token)
        if not self.open:
            message = syntax.UnmatchedClosing(
                span=span,
                bracket=str(token),
                what="nothing",
                expected="no bracket is open here",
                advice="remove it, or open one before",
            )
        else:
            message = self._mismatch(token, span)
        self._found.add(message)

    def _mismatch(self, token: Token, span: Span) -> syntax.UnmatchedClosing:
        self._matching = False
        opened = self.open[-1]
        closing = OPENING[opened.type]
        related = (Label(token_span(self._source, opened), "opened here"),)
        return syntax.UnmatchedClosing(
            span=span,
            bracket=str(token),
            what=f"no `{opened}`",
            expected=f"`{closing}` should stand here",
            advice=f"close `{opened}` with `{closing}` first",
            related=related,
        )

    def end(self, chunk: list[Token]) -> bool:
        """Whether all brackets of a declaration that ends here match; one that is open is reported."""
        if self.open and self._matching and not _is_spoiled(chunk, self._lexed):
            bracket = self.open[-1]
            self._found.add(
                syntax.UnclosedBracket(
                    span=token_span(self._source, bracket),
                    bracket=str(bracket),
                    closing=OPENING[bracket.type],
                )
            )
        return self._matching and not self.open


def _is_spoiled(chunk: list[Token] | tuple[Token, ...], lexed: Lexed) -> bool:
    """Whether something in a declaration could not be read: what else is wrong with it may follow."""
    if not lexed.spoiled or not chunk:
        return False
    start, end = chunk[0].start_pos or 0, chunk[-1].end_pos or 0
    index = bisect_left(lexed.spoiled, start)
    following = next((t.start_pos or 0 for t in lexed.tokens if (t.start_pos or 0) >= end), None)
    return index < len(lexed.spoiled) and (following is None or lexed.spoiled[index] < following)


def _begins_declaration(
    tokens: tuple[Token, ...], index: int, open_brackets: list[Token], chunk: list[Token]
) -> bool:
    token, before = tokens[index], tokens[index - 1]
    following = tokens[index + 1].type if index + 1 < len(tokens) else ""
    starts_line = before.end_line != token.line
    if not starts_line and _is_hopeless(chunk):
        return False
    if token.type in KEYWORDS:
        outside = not open_brackets and before.type != "DOT"
        return (outside or starts_line) and following in {"NAME", "STRING", "EQUAL"} | RESERVED
    if token.type != "NAME":
        return False
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


def _parse_chunk(
    chunk: _Chunk, lexed: Lexed, source: Source, start: str
) -> tuple[Any, list[Mistake]]:
    """A declaration, or None; and what is wrong with it. Slips are mended, to see what else is."""
    if not chunk.is_whole:
        return None, []
    tokens = chunk.tokens
    mistakes: list[Mistake] = []
    for _ in range(MAX_MENDED):
        try:
            parsed = _parse(tokens, source, start)
        except _Stopped as stop:
            mistake = mistake_at(Place(tokens, stop.at, stop.accepts, source))
        except VisitError as problem:
            mistake = _number_mistake(problem)
        else:
            slip = axis_slip(Place(tokens, 3, frozenset(), source)) if tokens else None
            if slip is None:
                return parsed, mistakes
            mistake = slip
        if _is_consequence(mistake, mistakes) or _is_spoiled(chunk.tokens, lexed):
            return None, mistakes
        mistakes.append(mistake)
        if not mistake.mended:
            return None, mistakes
        tokens = mistake.mended
    return None, mistakes


def _is_consequence(mistake: Mistake, before: list[Mistake]) -> bool:
    """What comes after a mended slip is trusted if it is a slip of another kind."""
    kinds = {type(earlier.diagnostic) for earlier in before}
    return bool(before) and (not mistake.mended or type(mistake.diagnostic) in kinds)


class _Stopped(Exception):
    """The parser can't go on: at which token (behind the last: their number), and what it would take."""

    def __init__(self, at: int, accepts: frozenset[str]) -> None:
        super().__init__(at)
        self.at = at
        self.accepts = accepts


def _parse(tokens: tuple[Token, ...], source: Source, start: str) -> Any:
    interactive = parser().parse_interactive(start=start)
    last = tokens[-1] if tokens else Token("$END", "", 0, 1, 1)
    at = 0
    try:
        for token in tokens:
            interactive.feed_token(token)
            at += 1
        tree = interactive.feed_token(Token.new_borrow_pos("$END", "", last))
    except LarkUnexpectedToken as problem:
        accepts = frozenset(interactive.accepts())  # type: ignore[no-untyped-call]
        raise _Stopped(at, accepts) from problem
    return Builder(source).transform(tree)


def _number_mistake(problem: VisitError) -> Mistake:
    if not isinstance(problem.orig_exc, NumberTooLong):
        raise problem
    return Mistake(syntax.BadNumber(span=problem.orig_exc.span, limit=problem.orig_exc.limit))
