"""Hypothesis strategies for specs.

``token_lists()``   what the grammar allows, as tokens: derived from ``grammar/w2s.lark`` itself, so a new
                    rule of the grammar is drawn the day it is written.
``layouts(...)``    one list of tokens as text, with any white space and comments between them.
``spec_texts()``    the two together: texts that parse.

`strategies.designs` draws specs that compile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st
from lark import Lark
from lark.grammar import NonTerminal, Symbol

from w2sdl.source import Source
from w2sdl.syntax.grammar_text import grammar_text
from w2sdl.syntax.parse import parse_module

#: Names of all kinds: Greek, with primes and what looks like primes, changed by normalising, long.
NAMES = (
    "W", "S", "S'", "S''", "S′", "W’", "y", "T", "Φ", "Ψ", "D", "\u2126", "\u0958", "seed", "recipe", "蒸",
    "pretrain", "finetune", "label", "gold", "accuracy", "supervise", "learning_rate", "e5", "_x",
    "baseline", "at", "within",
    "a_name_that_is_long_enough_to_break_the_line_that_it_stands_on",
)  # fmt: skip


def _characters(alphabet: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from([*alphabet, r"\"", r"\n"]), max_size=30).map("".join)


#: Terminals that stand for many texts, as the lexer takes them.
TERMINALS: dict[str, st.SearchStrategy[str]] = {
    "NAME": st.sampled_from(NAMES),
    "INTEGER": st.sampled_from(["0", "7", "12", "007", "1000", "1_000", "10_0000", "123456789"]),
    "FLOAT": st.sampled_from(["0.5", "1_000.25", "5e-5", "1E+3", "12.0e1"]),
    "QUANTITY": st.sampled_from(["4h", "90min", "1_0d", "18GiB", "0.5KB", "1.5x", "007s"]),
    "PERCENT": st.sampled_from(["50%", "2.5%", "1_0%"]),
    "COMPARE": st.sampled_from(["<", ">", "<=", ">="]),
    **{word.upper(): st.just(word) for word in ("baseline", "at", "within")},
    "PRODUCT": st.sampled_from(["*", "/"]),
    "STRING": _characters("ab .#Ψ′{}(,\t").map(lambda text: f'"{text}"'),
    "LONG_STRING": _characters("ab #\n \t′").map(lambda text: f'"""{text}"""'),
}

_WORD_END = re.compile(r"[\w'′’\"]$")
_WORD_START = re.compile(r"[\w\"]")

_SPACES = [" ", " ", " ", "  ", "\t", "\n", "\n  ", "\r\n"]
#: White space with comments: behind code, continued below, on lines of their own, with blank lines.
_REMARKS = [
    " # why\n", "# why\n", "  #why  \n  ", "\n# alone\n", "\n\n  # alone\n\n", '\n# a "string" (\n# next\n',
    " # Ψ → S′\n# not below\n", "#\n\n# far\n", f" ## x = 1\n{' ' * 20}# one\n", " # a\n\n\n  # b\n",
]  # fmt: skip


def _gap(comments: bool, may_be_empty: bool) -> st.SearchStrategy[str]:
    blanks = ["\n\n", " \n\t\n "]
    gaps = (_SPACES + blanks) * 3 + _REMARKS if comments else _SPACES
    return st.sampled_from([*gaps, *([""] * len(gaps) if may_be_empty else [])])


_GAPS = {
    (comments, may_be_empty): _gap(comments, may_be_empty)
    for comments in (False, True)
    for may_be_empty in (False, True)
}
_NO_NEWLINE = st.sampled_from(["", " "])


@dataclass(frozen=True)
class Grammar:
    """The compiled rules of the grammar, with the height of the smallest tree below each symbol."""

    rules: dict[str, list[list[Symbol]]]
    words: dict[str, str]  #: terminals with one text
    heights: dict[str, int]

    def height(self, expansion: list[Symbol]) -> int:
        return max((self.heights.get(symbol.name, 0) for symbol in expansion), default=0)


@cache
def grammar() -> Grammar:
    """The grammar of specs, ready to derive from."""
    starts = ["module", "expression"]
    lark = Lark(grammar_text(), parser="lalr", lexer="basic", start=starts)
    terminals, compiled, _ = lark.grammar.compile(starts, ())
    rules: dict[str, list[list[Symbol]]] = {}
    for rule in compiled:
        rules.setdefault(rule.origin.name, []).append(list(rule.expansion))
    words = {t.name: t.pattern.value for t in terminals if t.pattern.type == "str"}
    found = Grammar(rules, words, dict.fromkeys(rules, 10**6))
    for _ in rules:
        for name, expansions in rules.items():
            found.heights[name] = 1 + min(found.height(e) for e in expansions)
    return found


@st.composite
def token_lists(draw: Any, start: str = "module", size: int = 80) -> list[str]:
    """Tokens that the grammar allows, from one of its rules on; little more than ``size`` of them."""
    found: list[str] = []
    _derive(draw, NonTerminal(start), 40, size, found)
    return found


def _derive(draw: Any, symbol: Symbol, depth: int, size: int, found: list[str]) -> None:
    if not isinstance(symbol, NonTerminal):
        known = grammar().words.get(symbol.name)
        found.append(known if known is not None else draw(TERMINALS[symbol.name]))
        return
    expansions = grammar().rules[symbol.name]
    allowed = [e for e in expansions if grammar().height(e) < depth]
    if len(found) >= size or not allowed:
        least = min(grammar().height(e) for e in expansions)
        allowed = [e for e in expansions if grammar().height(e) == least]
    chosen = allowed[draw(_below(len(allowed)))] if len(allowed) > 1 else allowed[0]
    for inner in chosen:
        _derive(draw, inner, depth - 1, size, found)


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


@st.composite
def layouts(draw: Any, tokens: Sequence[str], comments: bool = True) -> str:
    """Tokens as text: any white space, and comments if they are wanted. Without, no blank lines."""
    text = draw(_GAPS[comments, True])
    for before, token in zip(["", *tokens], tokens, strict=False):
        if before == ".":
            # A declaration word at the start of a line begins a declaration, even behind a dot.
            text += draw(_NO_NEWLINE)
        elif before:
            text += draw(_GAPS[comments, not _collide(before, token)])
        text += token
    return text + draw(_GAPS[comments, True])


def _collide(before: str, after: str) -> bool:
    """Whether two tokens need something between them to stay two."""
    return bool(_WORD_END.search(before) and _WORD_START.match(after))


def parses(text: str) -> bool:
    """Whether the parser finds no mistake."""
    return not parse_module(Source("drawn", text))[1]


@st.composite
def spec_texts(draw: Any, size: int = 80, comments: bool = True) -> str:
    """Texts that parse. What they say means nothing, and most names are not defined."""
    return str(draw(layouts(draw(token_lists(size=size)), comments)))
