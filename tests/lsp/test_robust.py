"""Whatever the text and wherever the cursor: there is an answer, and nothing is raised."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import BASE, PLAIN, analyse

from w2sdl.lsp.actions import mends
from w2sdl.lsp.completion import complete
from w2sdl.lsp.convert import Converter
from w2sdl.lsp.hover import hover
from w2sdl.lsp.navigation import definition, references
from w2sdl.lsp.outline import outline, tokens
from w2sdl.lsp.rename import RenameRefused, rename

GOOD = [BASE, *(path.read_text("utf-8") for path in PLAIN)]


def ask_everything(text: str, offset: int) -> None:
    analysis = analyse(text)
    convert = Converter("file:///a.w2s", analysis, "utf-16")
    for message in analysis.messages:
        convert.diagnostic(message)
    assert analysis.failed is None
    list(mends(analysis.source, analysis.messages, 0, len(text)))
    complete(analysis, offset)
    hover(analysis, offset)
    definition(analysis, offset)
    references(analysis, offset, (), True)
    [convert.item(item) for item in outline(analysis)]
    convert.tokens(tokens(analysis))
    with contextlib.suppress(RenameRefused):
        rename(analysis, offset, "other")


def edited(rng: random.Random) -> tuple[str, int]:
    text, at = rng.choice(GOOD), 0
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text)), rng.choice([0, 0, 1, 3, 12, 200])
        other = rng.choice(GOOD)
        start = rng.randrange(len(other))
        insert = rng.choice(
            ["", other[start : start + rng.randint(1, 30)], *"'([{}])=.,:\"#\n🙂", '"""']
        )
        text = text[:at] + insert + text[at + length :]
        at = min(at + len(insert), len(text))
    return text, at


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_any_edit_of_a_good_spec_is_answered(seed: int) -> None:
    ask_everything(*edited(random.Random(seed)))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.integers(0, 80))
def test_any_text_is_answered(text: str, offset: int) -> None:
    ask_everything(text, min(offset, len(text)))


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff", "\x00", "(" * 5_000, "a = " + "[" * 50 + "]" * 50, "x" * 100_000, '"' * 999,
     "a = " + "b." * 5_000 + "c", "a = 1" + "+1" * 5_000, "$" * 50_000, "\r\r\n\u2028\x0c",
     "experiment", "import", "def", "def f(", "profile p {", "axis a = zip(", "measure m = on"],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_odd_texts_are_answered(text: str) -> None:
    for offset in (0, len(text) // 2, len(text)):
        ask_everything(text, offset)
