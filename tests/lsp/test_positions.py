"""Offsets and positions, in the three encodings that an editor may ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position

from w2sdl.lsp.positions import Positions

TEXTS = st.text(st.sampled_from("aΨ′🙂\n\r\tß\u2028\x0c\U0001f9ea"), max_size=30)
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@given(TEXTS, st.sampled_from(sorted(CODECS)))
def test_every_offset_has_a_position_that_leads_back(text: str, encoding: str) -> None:
    positions = Positions(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":  # between the two there is no position
            assert positions.offset(positions.position(offset)) == offset


@given(TEXTS, st.sampled_from(sorted(CODECS)))
def test_columns_count_code_units_and_lines_the_protocols_line_ends(
    text: str, encoding: str
) -> None:
    codec, size = CODECS[encoding]
    positions = Positions(text, encoding)
    for offset in range(len(text) + 1):
        before = text[:offset]
        if text[offset - 1 : offset + 1] == "\r\n":
            continue
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        column = len(lines[-1].encode(codec)) // size
        assert positions.position(offset) == Position(len(lines) - 1, column)


@pytest.mark.parametrize(
    ("encoding", "column"), [("utf-8", 11), ("utf-16", 8), ("utf-32", 7), ("unheard-of", 8)]
)
def test_greek_letters_are_one_unit_and_emoji_two(encoding: str, column: int) -> None:
    text = "S' Ψ 🙂 x"
    assert Positions(text, encoding).position(7) == Position(0, column)


def test_what_lies_outside_is_taken_to_the_nearest_end() -> None:
    positions = Positions("ab\ncd\r\n")
    assert positions.offset(Position(0, 99)) == 2
    assert positions.offset(Position(1, 99)) == 5
    assert positions.offset(Position(99, 0)) == 7
    assert positions.position(99) == Position(2, 0)
    assert positions.position(-1) == Position(0, 0)


def test_lone_surrogates_count_too() -> None:
    assert Positions("\ud800x", "utf-8").position(1) == Position(0, 3)
