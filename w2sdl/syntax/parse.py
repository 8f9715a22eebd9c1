"""Text to syntax tree. Each top-level declaration is parsed alone, so one mistake hides no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedToken as LarkUnexpectedToken

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Collector, Diagnostic
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes
from w2sdl.syntax.chunks import Chunk, declaration_chunks
from w2sdl.syntax.foreign_numbers import axis_slip
from w2sdl.syntax.lexer import parser
from w2sdl.syntax.lexing import Read, lex
from w2sdl.syntax.mistakes import mistake_at
from w2sdl.syntax.place import KEYWORDS, Mistake, Place, token_span
from w2sdl.syntax.tree import BadLiteral, Builder, normalise_name

MAX_MENDED = 10  #: slips of one declaration that are mended and parsed again


def parse_declaration(chunk: Chunk, source: Source) -> tuple[Any, list[Mistake]]:
    """What one declaration declares (None where that can't be read), and what is wrong with it."""
    return _parse_chunk(chunk, source, "module")


#: Parses one declaration: `parse_declaration`, or one that remembers those of the text before.
ParseOne = Callable[[Chunk, Source], tuple[Any, list[Mistake]]]


def parse_module(
    source: Source, read: Read | None = None, parse_one: ParseOne = parse_declaration
) -> tuple[nodes.Module, tuple[Diagnostic, ...]]:
    """Parse a file. Declarations with mistakes are left out and reported."""
    found = Collector()
    lexed = lex(source, found, read=read)
    declarations: list[nodes.Declaration] = []
    broken = _names_in_text(lexed.swallowed)
    prose = False
    for chunk in declaration_chunks(lexed, source, found):
        parsed, mistakes = parse_one(chunk, source)
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


def read_tokens(source: Source) -> tuple[Token, ...]:
    """The tokens of a text, without comments and white space. Characters with no meaning are left out."""
    return lex(source, Collector()).tokens


def parse_expression(
    source: Source, skip: int = 0
) -> tuple[nodes.Expr | None, tuple[Diagnostic, ...]]:
    """Parse the value of a ``--set``, which begins after ``skip`` characters."""
    found = Collector()
    lexed = lex(source, found, skip)
    chunk = Chunk(lexed.tokens, is_spoiled=bool(lexed.spoiled))
    value, mistakes = _parse_chunk(chunk, source, "expression")
    for mistake in mistakes:
        found.add(mistake.diagnostic)
    return value, found.all()


def _parse_chunk(chunk: Chunk, source: Source, start: str) -> tuple[Any, list[Mistake]]:
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
        except BadLiteral as problem:
            mistake = Mistake(problem.diagnostic)
        else:
            slip = axis_slip(Place(tokens, 3, frozenset(), source)) if tokens else None
            if slip is None:
                return parsed, mistakes
            mistake = slip
        if chunk.is_spoiled or _is_consequence(mistake, mistakes):
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
    return Builder(source).build(tree)
