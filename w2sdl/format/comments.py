"""Comments: found in the gaps between tokens, each with what has to be known to keep its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from w2sdl.messages.columns import display_width
from w2sdl.source import Source

_COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, and how it was written.

    Attributes:
        text: from the ``#`` on, without white space at its end.
        trails: it stands behind code, on the same line.
        continues: it stands alone, right below a trailing comment and in the same column.
        blank_before: at least one blank line stands above it.
    """

    text: str
    trails: bool = False
    continues: bool = False
    blank_before: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands before a token: comments, and whether a blank line comes after the last of them."""

    comments: tuple[Comment, ...] = ()
    blank: bool = False


Trailing = tuple[Comment, ...]
Leading = tuple[Comment, ...]


def gaps(source: Source, tokens: Sequence[Token]) -> list[Gap]:
    """The gap before each token, and the one after the last."""
    starts = [token.start_pos or 0 for token in tokens]
    ends = [token.end_pos or 0 for token in tokens]
    return [
        _read_gap(source.text, start, end)
        for start, end in zip([0, *ends], [*starts, len(source.text)], strict=True)
    ]


def _read_gap(text: str, start: int, end: int) -> Gap:
    between = text[start:end]
    if "#" not in between:
        return Gap((), between.count("\n") > 1)
    comments: list[Comment] = []
    column = -1  # of the trailing comment that the next one may continue
    last = start
    for match in _COMMENT.finditer(text, start, end):
        newlines = text.count("\n", last, match.start())
        here = _column(text, match.start())
        trails = newlines == 0 and start > 0
        continues = newlines == 1 and here == column
        column = here if trails or continues else -1
        comments.append(Comment(match[0].rstrip(), trails, continues, newlines > 1))
        last = match.end()
    return Gap(tuple(comments), text.count("\n", last, end) > 1)


def _column(text: str, at: int) -> int:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return display_width(line)


def split_trailing(comments: tuple[Comment, ...]) -> tuple[Trailing, Leading]:
    """Those that belong to the line above (one behind it, and what continues that one), and the rest."""
    if not comments or not comments[0].trails:
        return (), comments
    count = 1
    while count < len(comments) and comments[count].continues:
        count += 1
    return comments[:count], comments[count:]
