"""Texts with the quotes in them marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from w2sdl_runtime.report.text import shown

TURN_LIMIT = 2_000  #: characters of a turn, and of a quote that is looked for


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands, blind to white space and case; one too long to show is not sought."""
    words = quote.split()
    if not words or len(quote) > TURN_LIMIT:
        return None
    match = re.search(r"\s+".join(map(re.escape, words)), text, re.IGNORECASE)
    return (match.start(), match.end()) if match else None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: plain (``style`` is empty), or a quote that stands in it."""

    text: str
    style: str = ""
    title: str = ""


#: From, to, style and title of a quote in a text.
Spans = Sequence[tuple[int, int, str, str]]


def pieces_of(text: str, spans: Spans, limit: int) -> list[Piece]:
    """A text up to ``limit``, in pieces; of overlapping spans the first, and none beyond the cut."""
    pieces, at = [], 0
    for start, end, style, title in sorted(spans):
        if start >= at and end <= limit:
            pieces += [Piece(text[at:start])] if start > at else []
            pieces.append(Piece(text[start:end], style, title))
            at = end
    return [*pieces, Piece(text[at:limit])] if at < min(limit, len(text)) else pieces


def marked(text: str, spans: Spans, limit: int) -> Markup:
    """Text with marks as HTML; what is cut off is said."""
    found = [_html(piece) for piece in pieces_of(text, spans, limit)]
    rest = shown(text[limit:], 0, len(text)) if len(text) > limit else Markup("")
    return Markup("").join([*found, rest])


def _html(piece: Piece) -> Markup:
    if not piece.style:
        return shown(piece.text, len(piece.text))
    mark = Markup('<mark class="{}" title="{}">{}</mark>')
    body = shown(piece.text, len(piece.text))
    return mark.format(piece.style, shown(piece.title or piece.style), body)
