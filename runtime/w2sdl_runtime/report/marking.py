"""Texts with the quotes in them marked."""

from __future__ import annotations

import re

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


def marked(text: str, spans: list[tuple[int, int, str, str]], limit: int) -> Markup:
    """Text with marks; of overlapping spans the first is kept, and none reaches beyond the cut."""
    pieces, at = [], 0
    for start, end, style, title in sorted(spans):
        if start < at or end > limit:
            continue
        mark = Markup('<mark class="{}" title="{}">{}</mark>')
        pieces += [
            shown(text[at:start]),
            mark.format(style, shown(title or style), shown(text[start:end])),
        ]
        at = end
    pieces.append(shown(text[at:], max(0, limit - at), len(text)) if at < len(text) else Markup(""))
    return Markup("").join(pieces)
