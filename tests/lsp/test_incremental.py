"""Parsing edit by edit gives what parsing each text alone gives: trees, places and messages."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import BASE, PLAIN

from w2sdl.lsp.incremental import IncrementalParser, _RememberedTokens
from w2sdl.source import Source
from w2sdl.syntax.lexer import lexer
from w2sdl.syntax.parse import parse_module

GOOD = [BASE, *(path.read_text("utf-8") for path in PLAIN)]
TYPED = [*"'([{}])=.,:\"#\n ab01%$;", '"""', "//", "1,000", "..", "axis ", "x = 1\n", "", "", ""]


def edited(rng: random.Random, text: str) -> str:
    """A text after a keystroke, a deletion, a paste or a move."""
    at = rng.randrange(len(text) + 1)
    kind = rng.random()
    if kind < 0.6:
        return text[:at] + rng.choice(TYPED) + text[at + rng.choice([0, 0, 0, 1, 5]) :]
    lines = text.split("\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    if kind < 0.7:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind < 0.8:
        lines.insert(a, lines[b])
    elif kind < 0.9:
        del lines[a : a + rng.randint(1, 3)]
    else:
        other = rng.choice(GOOD)
        start = rng.randrange(len(other))
        return text[:at] + other[start : start + rng.randint(1, 300)] + text[at:]
    return "\n".join(lines)


def stretch(rng: random.Random, text: str) -> str:
    """Some lines of a text: an edit falls on as many kinds of things, and they are read sooner."""
    lines = text.split("\n")
    start = rng.randrange(len(lines))
    return "\n".join(lines[start : start + 40])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_chain_of_edits_gives_the_same_trees_places_and_messages(seed: int) -> None:
    rng = random.Random(seed)
    follow_edits(rng, stretch(rng, rng.choice(GOOD)))


@pytest.mark.slow  # whole specs; stretches of them above
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_chain_of_edits_of_a_whole_spec_gives_the_same(seed: int) -> None:
    rng = random.Random(seed)
    follow_edits(rng, rng.choice(GOOD))


def follow_edits(rng: random.Random, text: str) -> None:
    parser = IncrementalParser()
    for _ in range(12):
        source = Source("a.w2s", text)
        module, messages = parser.parse(source)
        wanted, wanted_messages = parse_module(source)
        assert module == wanted
        assert messages == wanted_messages
        assert all(d.span.source is source for d in module.declarations)
        text = edited(rng, text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab\"\\#\n .0e+%'="), max_size=14), min_size=2, max_size=6))
def test_any_texts_are_lexed_alike_one_after_another(texts: list[str]) -> None:
    remembered = _RememberedTokens()
    for text in texts:
        tokens, stop = remembered.read(text)
        wanted, wanted_stop = lexer().tokens(text)
        assert stop == wanted_stop
        assert tokens == wanted
        facts = [(t.type, t.start_pos, t.end_pos, t.line, t.end_line) for t in tokens]
        assert facts == [(t.type, t.start_pos, t.end_pos, t.line, t.end_line) for t in wanted]


def test_what_an_edit_leaves_alone_is_not_read_again() -> None:
    """Breaks when the memory forgets, or keys on more than the declaration itself."""
    parser = IncrementalParser()
    before, _ = parser.parse(Source("a.w2s", BASE))
    kept = {id(d) for d in before.declarations}
    after, _ = parser.parse(Source("a.w2s", "# one more line\n" + BASE.replace("0..1", "0..2")))
    assert len(after.declarations) == len(before.declarations)
    fresh = [d for d in after.declarations if id(d) not in kept]
    assert [d.name for d in fresh] == ["seed"]


def test_twins_have_places_of_their_own() -> None:
    parser = IncrementalParser()
    for text in ("a = 1\na = 1\n", "a = 1\n\na = 1\na = 1\n", "a = 1\na = 1\n"):
        module, _ = parser.parse(Source("a.w2s", text))
        assert module == parse_module(Source("a.w2s", text))[0]
        assert len({d.span.start for d in module.declarations}) == len(module.declarations)
