"""Text made safe to look at: cut, and without characters that reorder or hide what is around them."""

from __future__ import annotations

import unicodedata

#: Controls that reorder, hide or merge what stands around them (Unicode TR 9 and 36).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Beside these, tags (U+E0000 to U+E0FFF), which spell words that nobody sees.
_INVISIBLE = frozenset(
    "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb\u2028\u2029\u0085"
)


def plain(text: str, limit: int = 4_000) -> str:
    """Text for pictures and attributes: visible controls, cut, not yet escaped."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return cut if cut.isprintable() else "".join(map(visible, cut))


def visible(character: str) -> str:
    """A character, or its code point (⟨U+202E⟩) where it could not be seen."""
    if character in "\n\t ":
        return character
    odd = character in _BIDI or character in _INVISIBLE or "\U000e0000" <= character <= "\U000e0fff"
    if odd or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co"):
        return f"⟨U+{ord(character):04X}⟩"
    return character
