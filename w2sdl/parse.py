"""Text to syntax tree. Each top-level declaration is parsed alone, so one mistake hides no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lark import Lark, Token, UnexpectedCharacters
from lark.exceptions import UnexpectedToken as LarkUnexpectedToken
from lark.exceptions import VisitError

from w2sdl import nodes
from w2sdl.diagnostics import Collector, Diagnostic
from w2sdl.errors import syntax
from w2sdl.grammar_text import grammar_text
from w2sdl.source import Source, Span
from w2sdl.tree import BadLiteral, Builder, normalise_name

MAX_DEPTH = 60
MAX_LINKS = 120
MAX_BAD_CHARACTERS = 20

_OPENING = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}
_CLOSING = {"RPAR", "RSQB", "RBRACE"}
_KEYWORDS = frozenset(
    [
        "EXPERIMENT",
        "IMPORT",
        "AXIS",
        "DATA",
        "WEAK",
        "STRONG",
        "MEASURE",
        "EXPECT",
        "PROFILE",
        "DEF",
    ]
)
_ROLES = frozenset(["DATA", "WEAK", "STRONG"])
_RESERVED = _KEYWORDS | {"ON", "AS", "ALLOW", "TRUE", "FALSE"}

#: Words for the terminals of the grammar that a message may have to name.
_WORDS = {
    "NAME": "a name", "STRING": "a string", "LONG_STRING": "a string", "INTEGER": "a number",
    "FLOAT": "a number", "PERCENT": "a number", "EQUAL": "`=`", "COLON": "`:`", "COMMA": "`,`",
    "LPAR": "`(`", "RPAR": "`)`", "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`",
    "DOT": "`.`", "__ANON_0": "`..`", "COMPARE": "a comparison (`<`, `>`, `<=`, `>=`)",
    "MINUS": "`-`", "PLUS": "`+`", "PRODUCT": "`*` or `/`", "ON": "`on`", "AS": "`as`",
}  # fmt: skip
_VALUE_STARTS = frozenset({"NAME", "INTEGER", "FLOAT", "STRING", "LSQB", "LBRACE"})


@cache
def _parser() -> Lark:
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="basic",
        start=["module", "expression"],
        propagate_positions=True,
        maybe_placeholders=True,
    )


def parse_module(source: Source) -> tuple[nodes.Module, tuple[Diagnostic, ...]]:
    """Parse a file. Declarations with mistakes are left out and reported."""
    found = Collector()
    tokens = _tokens(source, found)
    declarations: list[nodes.Declaration] = []
    broken: set[str] = set()
    for chunk, is_whole in _declaration_chunks(tokens, source, found):
        parsed = _parse_chunk(chunk, source, "module", found) if is_whole else None
        if parsed is not None:
            declarations.extend(parsed)
        else:
            broken |= _names_declared(chunk)
    return nodes.Module(source, tuple(declarations), frozenset(broken)), found.all()


def _names_declared(chunk: list[Token]) -> set[str]:
    """Names that a declaration with a mistake may have meant to define: the first of each line."""
    found = set()
    line = 0
    for token in chunk:
        if token.line != line and token.type == "NAME":
            found.add(normalise_name(str(token)))
            line = token.line or 0
        elif token.type not in _KEYWORDS:
            line = token.line or 0
    return found


def parse_expression(
    source: Source, skip: int = 0
) -> tuple[nodes.Expr | None, tuple[Diagnostic, ...]]:
    """Parse the value of a ``--set``, which begins after ``skip`` characters."""
    found = Collector()
    tokens = _tokens(source, found, skip)
    value = _parse_chunk(tokens, source, "expression", found)
    return value, found.all()


def read_tokens(source: Source) -> list[Token]:
    """The tokens of a text, without comments and white space. Characters with no meaning are left out."""
    return _tokens(source, Collector())


def _span(source: Source, token: Token) -> Span:
    start = token.start_pos or 0
    return Span(source, start, start + max(1, len(token)))


def _tokens(source: Source, found: Collector, skip: int = 0) -> list[Token]:
    """Lex everything; a bad character is reported, blanked out, and lexing goes on behind it."""
    text = " " * skip + source.text[skip:]
    for _ in range(MAX_BAD_CHARACTERS):
        try:
            return list(_parser().lex(text))
        except UnexpectedCharacters as problem:
            at = problem.pos_in_stream or 0
            found.add(_bad_character(source, at))
            length = _bad_length(source.text, at)
            text = text[:at] + " " * length + text[at + length :]
    return []


def _bad_length(text: str, at: int) -> int:
    """A string that is not closed spoils the rest of its line; any other bad character only itself."""
    if text[at] != '"':
        return 1
    end = text.find("\n", at)
    return (len(text) if end < 0 else end) - at


def _bad_character(source: Source, at: int) -> syntax.UnexpectedCharacter:
    character = source.text[at]
    advice = {
        '"': 'close the string with `"` on its line, or use `"""` for several lines',
        "'": 'strings are written with `"`',
        ";": "declarations need no end mark: leave it out",
        "=": "",
    }.get(character, "")
    return syntax.UnexpectedCharacter(
        span=Span(source, at, at + 1), character=character, advice=advice
    )


def _declaration_chunks(
    tokens: list[Token], source: Source, found: Collector
) -> Iterator[tuple[list[Token], bool]]:
    """Cut the token stream before each declaration; false where a bracket in it was never closed.

    A declaration begins, outside brackets, with a declaration word or with ``name =``. One that begins
    inside a bracket that is still open shows that the bracket was never closed.
    """
    chunk: list[Token] = []
    open_brackets: list[Token] = []
    links = 0
    for index, token in enumerate(tokens):
        if chunk and _begins_declaration(tokens, index, open_brackets, chunk):
            if open_brackets:
                _report_unclosed(open_brackets[-1], source, found)
            yield chunk, not open_brackets
            chunk, open_brackets = [], []
        chunk.append(token)
        if token.type in _OPENING:
            open_brackets.append(token)
        elif token.type in _CLOSING and open_brackets:
            open_brackets.pop()
        links = _links(token, links)
        if len(open_brackets) > MAX_DEPTH:
            found.add(syntax.TooDeep(span=_span(source, token), limit=MAX_DEPTH))
            return
        if links > MAX_LINKS:
            found.add(syntax.TooLong(span=_span(source, token), limit=MAX_LINKS))
            return
    if open_brackets:
        _report_unclosed(open_brackets[-1], source, found)
    if chunk:
        yield chunk, not open_brackets


def _links(token: Token, before: int) -> int:
    """How many operators, fields and calls hang together so far: they nest as brackets do."""
    if token.type in {"COMMA", "EQUAL", "COLON"}:
        return 0
    return before + (token.type in {"PLUS", "MINUS", "PRODUCT", "DOT", "LPAR", "LSQB"})


def _begins_declaration(
    tokens: list[Token], index: int, open_brackets: list[Token], chunk: list[Token]
) -> bool:
    token = tokens[index]
    following = tokens[index + 1].type if index + 1 < len(tokens) else ""
    in_body = chunk[0].type == "DEF" and [b.type for b in open_brackets] == ["LBRACE"]
    if token.type in _ROLES and in_body:
        return False  # a model or data with a role, inside a def
    if token.type in _KEYWORDS:
        starts_line = index == 0 or tokens[index - 1].end_line != token.line
        outside = not open_brackets and tokens[index - 1].type != "DOT"
        return (outside or starts_line) and following in {"NAME", "STRING", "EQUAL"} | _RESERVED
    if token.type != "NAME" or not _is_bound(tokens, index):
        return False
    if open_brackets and tokens[index - 1].end_line == token.line:
        return False  # `width = 16` among arguments: a slip, not a declaration
    if any(bracket.type == "LBRACE" for bracket in open_brackets):
        return False  # a setting of a profile, or the body of a def
    # `data x = ...` and `axis x = ...`: the name belongs to the word before it.
    return not (len(chunk) == 1 and chunk[0].type in _KEYWORDS)


def _is_bound(tokens: list[Token], index: int) -> bool:
    """Whether ``name =`` or ``one.next =`` begins here."""
    if tokens[index - 1].type == "DOT" and index:
        return False
    after = index + 1
    while after + 1 < len(tokens) and tokens[after].type == "DOT":
        after += 2
    return after < len(tokens) and tokens[after].type == "EQUAL"


def _report_unclosed(bracket: Token, source: Source, found: Collector) -> None:
    closing = _OPENING[bracket.type]
    found.add(
        syntax.UnclosedBracket(span=_span(source, bracket), bracket=str(bracket), closing=closing)
    )


def _parse_chunk(chunk: list[Token], source: Source, start: str, found: Collector) -> Any:
    interactive = _parser().parse_interactive(start=start)
    token = chunk[0] if chunk else Token("$END", "", 0, 1, 1)
    try:
        for token in chunk:
            interactive.feed_token(token)
        end = Token.new_borrow_pos("$END", "", token)
        tree = interactive.feed_token(end)
        return Builder(source).transform(tree)
    except LarkUnexpectedToken as problem:
        accepts: set[str] = interactive.accepts()  # type: ignore[no-untyped-call]
        found.add(_syntax_error(problem.token, accepts, chunk, source))
    except VisitError as problem:
        if not isinstance(problem.orig_exc, BadLiteral):
            raise
        found.add(problem.orig_exc.diagnostic)
    return None


def _syntax_error(
    token: Token, accepts: set[str], chunk: list[Token], source: Source
) -> Diagnostic:
    expected = _expected_words(accepts)
    if token.type == "$END":
        last = chunk[-1] if chunk else token
        return syntax.UnfinishedDeclaration(span=_span(source, last), expected=expected)
    span = _span(source, token)
    if (
        token.type == "EQUAL"
        and len(chunk) > 1
        and token is chunk[1]
        and chunk[0].type in _RESERVED
    ):
        return syntax.ReservedName(span=_span(source, chunk[0]), name=str(chunk[0]))
    if token is chunk[0]:
        return syntax.StrayText(span=span, found=_found_words(token))
    if token.type in _RESERVED and (accepts == {"NAME"} or _is_before_equal(chunk, token)):
        return syntax.ReservedName(span=span, name=str(token))
    advice = _advice(token, accepts)
    return syntax.UnexpectedToken(
        span=span, expected=expected, found=_found_words(token), advice=advice
    )


def _is_before_equal(chunk: list[Token], token: Token) -> bool:
    index = next((i for i, other in enumerate(chunk) if other is token), -1)
    return 0 <= index < len(chunk) - 1 and chunk[index + 1].type == "EQUAL"


def _expected_words(terminals: set[str]) -> str:
    if terminals >= _VALUE_STARTS:
        return "a value"
    if "COMMA" in terminals:  # what would go on after it is not the news
        closing = sorted(terminals & _CLOSING)
        return " or ".join(_WORDS[name] for name in ["COMMA", *closing])
    operators = {"PLUS", "MINUS", "PRODUCT", "DOT", "LPAR", "LSQB"}
    terminals = terminals - operators or terminals
    words = sorted({_WORDS[name] for name in terminals if name in _WORDS})
    if "$END" in terminals or not words:
        return "the next declaration"
    return " or ".join(words[:4])


def _found_words(token: Token) -> str:
    if token.type == "NAME" or token.type in _RESERVED:
        return f"`{token}`"
    text = str(token) if len(token) <= 24 else f"{token[:24]}…"
    return _WORDS.get(token.type, f"`{text}`") if len(token) == 1 else f"`{text}`"


def _advice(token: Token, accepts: set[str]) -> str:
    if token.type == "EQUAL" and "COMMA" in accepts:
        return "named arguments are written `name: value`"
    if "COMMA" in accepts and token.type == "NAME":
        return "separate arguments with `,`"
    if re.match(r"\w", str(token)) and "COLON" in accepts:
        return "a label and its value are separated by `:`"
    return ""
