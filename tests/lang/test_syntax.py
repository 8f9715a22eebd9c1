"""The grammar itself: strict LALR, blind to operations; the parser on any text at all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from test_golden import cases, signatures

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl.syntax.grammar_text import grammar_text
from w2sdl.syntax.parse import parse_module
from w2sdl.syntax.text import expression_text
from w2sdl_runtime.registry import load_signatures

GOOD = [path.read_text("utf-8") for path in cases("ok")]


def test_the_grammar_is_lalr_without_conflicts_or_colliding_terminals() -> None:
    Lark(grammar_text(), parser="lalr", lexer="basic", start=["module", "expression"], strict=True)


def test_the_grammar_names_no_operation_or_variant() -> None:
    known = load_signatures()
    words = {*known.ops, *known.aliases, *(v for family in known.variants.values() for v in family)}
    quoted = {word.strip('"') for word in grammar_text().split() if word.startswith('"')}
    # `data` and `none`-like words may be both; a declaration word is not the operation's name.
    assert not (words & quoted) - {"data"}


def test_every_expression_prints_back_to_itself() -> None:
    from w2sdl.syntax import nodes
    from w2sdl.syntax.parse import parse_expression

    for text in GOOD:
        module, _ = parse_module(Source("good", text))
        for declaration in module.declarations:
            if isinstance(declaration, nodes.Binding):
                shown = expression_text(declaration.value)
                again, problems = parse_expression(Source("again", shown))
                assert not problems
                assert again is not None
                assert expression_text(again) == shown


def compiles_or_explains(text: str) -> None:
    """Whatever the text, compiling ends in a graph or in messages that render."""
    compilation = Compilation(Source("any.w2s", text), signatures())
    graph = compilation.graph
    rendered = render_diagnostics(compilation.diagnostics, color=True)
    assert graph is not None or rendered


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    compiles_or_explains(text)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_any_edit_of_a_good_spec_is_answered(seed: int) -> None:
    rng = random.Random(seed)
    text = rng.choice(GOOD)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text)), rng.randint(0, 12)
        pieces = rng.choice(GOOD)
        start = rng.randrange(len(pieces))
        insert = rng.choice(
            ["", pieces[start : start + rng.randint(1, 30)], "'", "(", "]", "=", "["]
        )
        text = text[:at] + insert + text[at + length :]
    compiles_or_explains(text)


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "\x00", "experiment", "{" * 500, '"' * 99, "a" * 10_000]
)
def test_odd_texts_are_answered(text: str) -> None:
    compiles_or_explains(text)


def test_installed_and_checkout_grammar_are_the_same_file() -> None:
    beside = Path(__file__).parents[2] / "grammar" / "w2s.lark"
    assert grammar_text() == beside.read_text("utf-8")
