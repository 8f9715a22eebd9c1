"""Numbers and ranges as other languages write them, and how they are written here."""

from __future__ import annotations

from lark import Token

from w2sdl.errors import syntax
from w2sdl.syntax.lexer import parser
from w2sdl.syntax.place import LABELS, NUMBERS, Mistake, Place, token_span
from w2sdl.syntax.quantities import SIZES, unit_meant

_FACTORS = {"k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9}
#: Letters that are a factor elsewhere, behind these labels.
_UNITS = {
    ("timeout", "m"): "min",
    **{(label, unit[0].lower()): unit for label in ("memory", "gpu_mem") for unit in SIZES},
}


def colon_range(place: Place) -> Mistake | None:
    """``0:3`` and ``0 to 3``."""
    for at in (0, -1):  # a word may be read as the name of the next declaration
        numbers = (place.type(at - 1), place.type(at + 1)) == ("INTEGER", "INTEGER")
        if numbers and place.text(at) in (":", "to", "until", "through"):
            first, last = place.text(at - 1), place.text(at + 1)
            message = syntax.ForeignRange(
                span=place.span(at - 1, at + 1),
                found=place.written(at - 1, at + 1),
                instead=f"{first}..{last}",
            )
            between = place.like(_range_type(), "..", at)
            return Mistake(message, place.replaced(at, at, between))
    return None


def dotted_range(place: Place) -> Mistake | None:
    """``0...2``, ``0..=2``, ``0..<3``."""
    if place.text(-1) != ".." or place.type() not in ("DOT", "EQUAL", "COMPARE"):
        return None
    last = place.text(1)
    if place.text() == "<" and last.isdecimal():
        last = f"{_digits(last) - 1:.0f}"
    message = syntax.ForeignRange(
        span=place.span(-2, 1),
        found=place.written(-2, 1),
        instead=f"{place.text(-2)}..{last}",
    )
    return Mistake(message, place.replaced(0, 0))


def _range_type() -> str:
    return next(t.name for t in parser().terminals if t.pattern.to_regexp() == r"\.\.")


def suffixed_number(place: Place) -> Mistake | None:
    """``10k``, ``1.5M``, ``3x``."""
    for at in (0, -1):  # the letters may be read as the name of the next declaration
        if place.type(at - 1) not in NUMBERS or place.type(at) not in LABELS:
            continue
        if not place.touches(at):
            continue
        number, suffix = place.text(at - 1), place.text(at)
        factor = _FACTORS.get(suffix.lower())
        value = _digits(number) * factor if factor and place.type(at - 1) != "PERCENT" else 0.5
        unit = unit_meant(suffix) or _UNITS.get((_label(place, at), suffix.lower()), "")
        if unit:
            instead, mended = (
                f"`{number}{unit}`",
                place.like("QUANTITY", f"{number}{unit}", at - 1),
            )
        elif value.is_integer():
            instead, mended = f"`{int(value):_}`", place.like("INTEGER", f"{int(value)}", at - 1)
        else:
            instead, mended = (
                f"`{number}`, or a name that begins with a letter",
                place.token(at - 1),
            )
        message = syntax.ForeignNumber(
            span=place.span(at - 1, at),
            found=number + suffix,
            reason=f"a number, and `{suffix}` behind it",
            instead=instead,
        )
        return Mistake(message, place.replaced(at - 1, at, mended))
    return None


def _label(place: Place, at: int) -> str:
    """The label that a number before a token stands behind, if it does."""
    return place.text(at - 3) if place.type(at - 2) == "COLON" else ""


def _digits(number: str) -> float:
    """A number token's value; as a float, since there is no limit to the digits of a typo."""
    return float(number.replace("_", ""))


def naked_point(place: Place) -> Mistake | None:
    """``.5``, ``5.`` and ``1.000.000``."""
    if place.are(0, "DOT", "INTEGER") and "FLOAT" in place.accepts:
        return _number(place, 0, 1, f"0.{place.text(1)}", "FLOAT")
    if place.are(-2, "FLOAT", "DOT") and place.type() == "INTEGER" and place.touches():
        grouped = place.written(-2, 0).replace(".", "_")
        return _number(place, -2, 0, grouped, "INTEGER")
    if place.are(-2, "INTEGER", "DOT"):
        return _number(place, -2, -1, f"{place.text(-2)}.0", "FLOAT")
    return None


def _number(place: Place, first: int, last: int, instead: str, kind: str) -> Mistake:
    message = syntax.ForeignNumber(
        span=place.span(first, last),
        found=place.written(first, last),
        reason="a point without a digit on each side" if kind == "FLOAT" else "two points",
        instead=f"`{instead}`",
    )
    return Mistake(message, place.replaced(first, last, place.like(kind, instead, first)))


def axis_slip(place: Place) -> Mistake | None:
    """``axis seed = range(3)`` and ``axis seed = 0-2``: they parse, and are never meant as written."""
    values = tuple(token.type for token in place.chunk[3:])
    if place.first != "AXIS" or values not in _AXIS_SLIPS:
        return None
    numbers = [str(token) for token in place.chunk[3:] if token.type == "INTEGER"]
    if values[0] == "NAME" and str(place.chunk[3]) not in ("range", "arange", "linspace", "seq"):
        return None
    if values[0] == "NAME":
        start, end = (numbers[0], numbers[1]) if len(numbers) > 1 else ("0", numbers[0])
        numbers = [start, f"{_digits(end) - 1:.0f}"]
    first, last = place.chunk[3], place.chunk[-1]
    span = token_span(place.source, first).to(token_span(place.source, last))
    instead = "..".join(numbers)
    message = syntax.ForeignRange(span=span, found=span.text, instead=instead)
    tokens = [Token.new_borrow_pos("INTEGER", number, first) for number in numbers]
    between = Token.new_borrow_pos(_range_type(), "..", first)
    return Mistake(message, (*place.chunk[:3], tokens[0], between, tokens[1]))


_AXIS_SLIPS = {
    ("INTEGER", "MINUS", "INTEGER"),
    ("NAME", "LPAR", "INTEGER", "RPAR"),
    ("NAME", "LPAR", "INTEGER", "COMMA", "INTEGER", "RPAR"),
}
