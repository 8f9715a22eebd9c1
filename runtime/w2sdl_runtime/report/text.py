"""Text from models and files, made safe to look at: escaped, cut, and without invisible tricks."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from w2sdl.decimals import fixed
from w2sdl.draw.visible import visible

#: Characters shown of one piece of text, unless a place asks for more.
LIMIT = 4_000


def shown(value: Any, limit: int = LIMIT, total: int = 0) -> Markup:
    """Any value as HTML text. Markup made by the report itself passes unchanged.

    Control characters, direction overrides and lone surrogates are replaced by their visible code
    point (⟨U+202E⟩, see `seen`); text beyond ``limit`` characters is cut, with a note of how long it was
    (``total``, where the text is itself a piece).
    """
    if isinstance(value, Markup):
        return value
    text = "" if value is None else str(value)
    html = escape(seen(text, limit))
    if len(text) > limit:
        html += Markup('<span class="cut">{}</span>').format(cut_note(total or len(text)))
    return html


def noted(text: str, limit: int = LIMIT) -> str:
    """Text as it may be seen (`seen`), with a note of how long it was where it is cut."""
    return seen(text, limit) + (cut_note(len(text)) if len(text) > limit else "")


def cut_note(total: int) -> str:
    """What stands where a text is cut."""
    return f" … (cut here; {total:,} characters in all)"


def seen(text: str, limit: int = LIMIT) -> str:
    """Text as it may be seen, cut at ``limit`` characters, not yet escaped.

    Characters that can't be seen, or reorder what is around them, are replaced by their code point;
    of a pile of combining marks, which would cover the lines above, the first `PILE` are kept.
    """
    cut = text[:limit]
    if cut.isascii() and cut.isprintable():
        return cut
    cut = _PILES.sub(lambda pile: f"{pile[1]}⟨{len(pile[2]):,} more marks⟩", cut)
    return cut if cut.isprintable() else "".join(map(visible, cut))


#: Combining marks on one letter that are drawn; no script writes as many.
PILE = 8
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILES = re.compile(f"([{_MARKS}]{{{PILE}}})([{_MARKS}]+)")


MINUS = "−"
#: Units that are shown times a hundred.
IN_PER_CENT = ("share", "difference")


def percent(value: float | None, digits: int = 1) -> str:
    """0.7647 -> "76.5", with a true minus sign."""
    return "" if value is None else number(100 * value, digits)


def number(value: float | None, digits: int = 3) -> str:
    """A number with a fixed count of decimals and a true minus sign; no "-0.0"."""
    if value is None:
        return ""
    return fixed(value, digits).replace("-", MINUS)


def signed(digits: str) -> str:
    """A number's text with its sign, as of a difference: "0.012" -> "+0.012"."""
    return digits if digits.startswith(MINUS) else f"+{digits}"


def chance(p: float) -> str:
    """A p: ``0.032``, ``< 0.001``."""
    return number(p) if p >= 0.001 else "< 0.001"


def amount(value: float | None, unit: str) -> str:
    """A measured number as the report shows it: shares, and their differences, in per cent."""
    return percent(value) if unit in IN_PER_CENT else number(value)


def span(lower: float | None, upper: float | None, unit: str) -> str:
    """An interval as the report shows it; "" where there is none."""
    if lower is None or upper is None:
        return ""
    between = " to " if lower < 0 else " – "
    return f"{amount(lower, unit)}{between}{amount(upper, unit)}"


def listed(words: list[str], last: str = "and") -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
