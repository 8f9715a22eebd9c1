"""How a terminal shows a text: what stands in which column, and nothing that could command it.

Control characters, escape sequences and invisible or right-to-left marks are shown, never emitted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

TAB = "    "

#: Printable Latin and Greek: a column for each character.
_PLAIN = re.compile("[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482]*")

#: Joins of letters and emoji are part of writing; between plain letters they only hide something.
_JOINERS = {"\u200c", "\u200d"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as shown: ``columns[i]`` is where its i-th character begins; the last is the width."""

    text: str
    columns: tuple[int, ...]


def visible(text: str) -> str:
    """A text that is safe to print: characters that command a terminal are shown as pictures."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_picture(text, i) for i in range(len(text)))


def show_line(text: str) -> Shown:
    """One line of a source, with the column of each of its characters. Tabs are four columns."""
    if text.isascii() and text.isprintable():
        return Shown(text, tuple(range(len(text) + 1)))
    pieces = [TAB if char == "\t" else _picture(text, i) for i, char in enumerate(text)]
    columns: list[int] = []
    at = 0
    for width, length in _clusters(pieces):
        columns += [at] * length
        at += width
    return Shown("".join(pieces), (*columns, at))


def display_width(text: str) -> int:
    """Columns that a terminal gives to a text."""
    return len(text) if _PLAIN.fullmatch(text) else show_line(text).columns[-1]


def _picture(text: str, index: int) -> str:
    char = text[index]
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return chr(0x2421 if code == 0x7F else 0x2400 + code)
    category = unicodedata.category(char)
    hidden = category in ("Cc", "Cf", "Cs", "Zl", "Zp")
    if hidden and not (char in _JOINERS and index and not text[index - 1].isascii()):
        return f"<U+{code:04X}>"
    return char


def _clusters(pieces: list[str]) -> Iterator[tuple[int, int]]:
    """(columns, characters of the source) of each stretch that a terminal shows as one."""
    if all(_is_single(piece) for piece in pieces):
        yield from ((len(piece), 1) for piece in pieces)
        return
    from rich.cells import split_graphemes  # only now: most lines never need its tables

    spans, _ = split_graphemes("".join(pieces))
    ends = {end: width for _, end, width in spans}
    offset = width = length = 0
    for piece in pieces:
        length += 1
        for _ in piece:  # a picture such as <U+202E> is several graphemes
            offset += 1
            width += ends.get(offset, 0)
        if offset in ends:
            yield width, length
            width = length = 0
    if length:
        yield width, length


def _is_single(piece: str) -> bool:
    """Whether all of a piece is certainly one column a character: Latin, Greek, Cyrillic, pictures."""
    return all(
        char < "\u0300" or "\u0370" <= char < "\u0483" or "\u2400" <= char < "\u2430"
        for char in piece
    )
