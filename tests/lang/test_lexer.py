"""The fast lexer gives what lark's own lexer gives."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token, UnexpectedCharacters
from lark.lexer import BasicLexer

from w2sdl.syntax.grammar_text import grammar_text
from w2sdl.syntax.lexer import lexer

ROOT = Path(__file__).parents[2]
GOOD = [path.read_text("utf-8") for path in sorted(ROOT.glob("specs/*.w2s"))]
PIECES = [
    "a", "S'", "Ψ", "′", "1", "1_0", ".", "..", "2.5", "3e4", "e+", "50%", '"', '"""', '\\"', "#", "\n",
    " ", "\t", "->", "-", "axis", "axis2", "<=", "<", "(", "]", "{", "$", "é", "\u0301", "\x0c",
]  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> Lark:
    built = Lark(grammar_text(), parser="lalr", lexer="basic", start=["module", "expression"])
    built.lexer = BasicLexer(built.lexer_conf)
    return built


def theirs(reference: Lark, text: str) -> tuple[list[tuple[object, ...]], int]:
    found: list[tuple[object, ...]] = []
    try:
        found.extend(_facts(token) for token in reference.lex(text))
    except UnexpectedCharacters as problem:
        return found, problem.pos_in_stream or 0
    return found, len(text)


def _facts(token: Token) -> tuple[object, ...]:
    place = (token.start_pos, token.end_pos, token.line, token.end_line)
    return (token.type, str(token), *place)


def ours(text: str) -> tuple[list[tuple[object, ...]], int]:
    tokens, stop = lexer().tokens(text)
    return [_facts(token) for token in tokens], stop


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_pieces_are_lexed_as_lark_does(reference: Lark, pieces: list[str]) -> None:
    text = "".join(pieces)
    assert ours(text) == theirs(reference, text)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_any_edit_of_a_spec_is_lexed_as_lark_does(reference: Lark, seed: int) -> None:
    rng = random.Random(seed)
    text = rng.choice(GOOD)
    at = rng.randrange(len(text))
    text = text[:at] + rng.choice(PIECES) + text[at + rng.randint(0, 5) :]
    assert ours(text) == theirs(reference, text)


def test_lexemes_pass_over_what_begins_none() -> None:
    text = 'a = $ "x\nb'
    assert [text[x.start : x.end] for x in lexer().lexemes(text)] == ["a", "=", "x", "b"]
    assert [x.type for x in lexer().lexemes("axis axes")] == ["AXIS", "NAME"]
