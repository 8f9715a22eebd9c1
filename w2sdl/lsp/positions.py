"""Offsets to positions of the protocol and back: columns count UTF-16 units, unless agreed otherwise."""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol import types

_LINE_END = re.compile(r"\r\n|\n|\r")


class Positions:
    """The lines of one text, counted in one encoding.

    A line ends where the protocol says, at LF, CR LF or CR, and nowhere else.
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self._units = _UNITS.get(encoding, _utf16_units)
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._plain = text.isascii() or self._units is _utf32_units

    def position(self, offset: int) -> types.Position:
        """Line and column of an offset; one outside the text is taken to its nearest end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        if self._plain:
            return types.Position(line, offset - start)
        return types.Position(line, sum(map(self._units, self.text[start:offset])))

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(end))

    def offset(self, position: types.Position) -> int:
        """The offset of a position. Behind the end of a line it is that end, as the protocol has it."""
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self._line(position.line)
        if self._plain:
            return min(start + position.character, end)
        left = position.character
        for offset in range(start, end):
            if left <= 0:
                return offset
            left -= self._units(self.text[offset])
        return end

    def _line(self, number: int) -> tuple[int, int]:
        """Where a line starts, and where it ends (before its line end)."""
        start = self._starts[number]
        if number + 1 == len(self._starts):
            return start, len(self.text)
        end = self._starts[number + 1] - 1
        return start, end - 1 if self.text[end - 1 : end + 1] == "\r\n" else end


def _utf32_units(char: str) -> int:
    return 1


def _utf16_units(char: str) -> int:
    return 2 if char > "\uffff" else 1


def _utf8_units(char: str) -> int:
    return len(char.encode("utf-8", "surrogatepass"))


_UNITS = {"utf-8": _utf8_units, "utf-16": _utf16_units, "utf-32": _utf32_units}
