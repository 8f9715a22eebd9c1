"""Text as Markdown: what a spec, a model or an error says stays text in a page, a list or a table.

Written for GitHub's Markdown (github.github.com/gfm) and for Python-Markdown, which knows fewer escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from w2sdl.draw.visible import plain

#: Characters of a piece of running text, and of a cell of a table; what is longer is cut.
LIMIT, CELL = 4_000, 200
#: Characters of a block of code.
BLOCK = 400_000

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKS = re.compile(r"[\\`*\[\]$]|~(?=~)|(?<=~)~|(?<![^\W_])_|_(?![^\W_])")
_FIRST = re.compile(r" ?(?:[#+-]|(\d+)(?=[.)](?: |$)))")


def escaped(value: Any, limit: int = LIMIT) -> Markup:
    """Any value as running text on one line. Markdown made by the report itself passes unchanged.

    It begins no heading, list, quote, code, link or HTML; what could not be seen is shown as its code
    point (⟨U+202E⟩).
    """
    if isinstance(value, Markup):
        return value
    text = re.sub(r"\s+", " ", plain("" if value is None else str(value), limit))
    text = _MARKS.sub(r"\\\g<0>", re.sub("[&<>]", lambda found: _ENTITIES[found[0]], text))
    first = _FIRST.match(text)
    if first:  # of `1.` the dot is what would begin a list
        at = first.end() if first[1] else first.end() - 1
        text = f"{text[:at]}\\{text[at:]}"
    return Markup(text)  # noqa: S704 - escaped just now


def code(value: Any, limit: int = LIMIT) -> Markup:
    """A name or a formula in code style, whatever backticks are in it; nothing for no text."""
    text = " ".join(plain("" if value is None else str(value), limit).split())
    if not text:
        return Markup("")
    fence = _fence(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return Markup(f"{fence}{space}{text}{space}{fence}")  # noqa: S704 - nothing in it ends it


def block(value: Any, language: str = "") -> Markup:
    """Lines of code, whatever fences are in them."""
    text = plain("" if value is None else str(value), BLOCK).rstrip("\n")
    fence = _fence(text, 3)
    return Markup(f"{fence}{language}\n{text}\n{fence}")  # noqa: S704 - nothing in it ends it


def rows(heads: Sequence[Any], lines: Iterable[Sequence[Any]]) -> Markup:
    """A table; cells that are not Markdown yet are escaped, and none ends its cell or its line."""
    every = [map(cell, heads), ["---"] * len(heads), *(map(cell, line) for line in lines)]
    text = "\n".join(f"| {' | '.join(line)} |" for line in every)
    return Markup(text)  # noqa: S704 - escaped cell by cell


def cell(value: Any) -> str:
    """A cell of a table; what is not Markdown yet is escaped."""
    return str(escaped(value, CELL)).strip().replace("|", "\\|")


def _fence(text: str, least: int) -> str:
    """Backticks that are more than any run of them in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
