"""What formatting must keep: the tree without its places, the comments, the columns of code."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from lark import Lark, Token

from w2sdl.messages.columns import display_width
from w2sdl.source import Source, Span
from w2sdl.syntax.grammar_text import grammar_text
from w2sdl.syntax.parse import parse_module, read_tokens


@lru_cache(maxsize=8)  # of a text that is formatted already it is asked for twice
def meaning(text: str) -> Any:
    """The declarations of a text that parses, without spans."""
    module, diagnostics = parse_module(Source("text", text))
    assert not diagnostics, (diagnostics[0].title(), text)
    return _bare(module.declarations)


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    if not is_dataclass(value):
        return type(value).__name__, value  # 1, 1.0 and true are three things
    kept = (getattr(value, f.name) for f in fields(value))
    return type(value).__name__, *(_bare(item) for item in kept if not isinstance(item, Span))


_found: list[str] = []


def _keep(token: Token) -> Token:
    _found.append(str(token))
    return token


@cache
def _lexer() -> Lark:
    """Without a parser, for with one lark makes the lexer anew for each text, which takes longest."""
    return Lark(grammar_text(), parser=None, lexer="basic", start="module",
                lexer_callbacks={"COMMENT": _keep})  # fmt: skip


@lru_cache(maxsize=8)
def comments(text: str) -> list[str]:
    """All comments in order, as lark's lexer sees them."""
    _found.clear()
    list(_lexer().lex(text))
    return [comment.rstrip() for comment in _found]


def without_strings(text: str) -> str:
    """A text with every string made empty: what is in one is none of the layout."""
    for token in reversed(read_tokens(Source("text", text))):
        if "STRING" in token.type:
            text = f'{text[: token.start_pos]}""{text[token.end_pos :]}'
    return text


def too_long(text: str) -> list[str]:
    """Lines of code (no comment, no string of its own line) that are wider than 100 columns."""
    return [
        line
        for line in text.split("\n")
        if display_width(line.split("  #")[0]) > 100 and not line.lstrip().startswith(("#", '"'))
    ]
