"""Quotes in generated text: found, compared with the passage, repaired, and marked for the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from w2sdl_runtime.debating.speech import Quote, stands_in

if TYPE_CHECKING:
    import numpy as np

Checking = Literal["strict", "fuzzy", "off"]

#: Share of a quote's characters that ``fuzzy`` may change.
EDITS = 0.1

_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_MARK = re.compile(r"</?[vu]_quote>")


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with its quotes marked, and the quotes."""

    text: str
    quotes: tuple[Quote, ...]


def check_quotes(text: str, passage: str, quotes: int, how: Checking) -> Checked:
    """Text in double quotes is a quote, up to ``quotes`` of them; further ones stay as they are.

    A quote that stands in the passage becomes ``<v_quote>...</v_quote>``, any other
    ``<u_quote>...</u_quote>``. Without a passage, and with "off", nothing is checked or marked.
    """
    text = _MARK.sub("", text)  # marks that a model writes itself say nothing
    if how == "off" or not passage.strip():
        return Checked(text, ())
    found: list[Quote] = []

    def marked(match: re.Match[str]) -> str:
        words = match[1].strip()
        if len(found) >= quotes or not words:
            return match[0]
        found.append(_checked(words, passage, how))
        mark = "v_quote" if found[-1].verified else "u_quote"
        return f"<{mark}>{found[-1].text}</{mark}>"

    return Checked(_QUOTED.sub(marked, text), tuple(found))


def without_marks(text: str) -> str:
    """A turn with plain quotation marks in place of the reader's marks."""
    return _MARK.sub('"', text)


def _checked(words: str, passage: str, how: Checking) -> Quote:
    if stands_in(words, passage):
        return Quote(words, verified=True)
    repaired = nearest(words, passage) if how == "fuzzy" else ""
    return Quote(repaired or words, verified=bool(repaired))


def nearest(words: str, passage: str) -> str:
    """The piece of the passage nearest to a quote, "" where that takes more than 10 % edits.

    Edits are characters put in, left out or changed (Levenshtein), counted on letters, digits and
    single spaces without case, against the length of the quote.
    """
    wanted, _ = _letters(words)
    told, places = _letters(passage)
    allowed = int(EDITS * len(wanted))
    if not allowed or not told:
        return ""
    ends = _distances(wanted, told)
    end = int(ends.argmin())
    if ends[end] > allowed:
        return ""
    # Where the shortest piece begins that ends here with these few edits: the same, read backwards.
    starts = _distances(wanted[::-1], told[:end][::-1], anchored=True)
    start = end - int(starts.argmin())
    return passage[places[start] : places[end - 1] + 1].strip()


def _letters(text: str) -> tuple[str, list[int]]:
    """Letters, digits and single spaces, lower-case, and where in the text each one stands."""
    kept: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        plain = letter.lower()[:1] if letter.isalnum() else " "
        if plain != " " or (kept and kept[-1] != " "):
            kept.append(plain)
            places.append(place)
    if kept and kept[-1] == " ":
        kept, places = kept[:-1], places[:-1]
    return "".join(kept), places


def _distances(wanted: str, told: str, anchored: bool = False) -> np.ndarray[Any, Any]:
    """Fewest edits from ``wanted`` to a piece of ``told`` that ends before each place, by Sellers.

    ``[len(told) + 1]``. A piece starts anywhere, or with ``anchored`` at the start of ``told``.
    """
    import numpy as np

    letters = np.frombuffer(told.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(letters) + 1)
    row = steps.copy() if anchored else np.zeros_like(steps)
    for letter in wanted:
        other = row + 1
        other[1:] = np.minimum(other[1:], row[:-1] + (letters != ord(letter)))
        row = steps + np.minimum.accumulate(other - steps)  # letters of the piece left out
    return row
