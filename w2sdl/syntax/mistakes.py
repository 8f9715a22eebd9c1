"""What is wrong where the parser can't go on, in words; and the declaration as it was meant, if clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from lark import Token

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.messages.suggest import nearest_names
from w2sdl.source import Span
from w2sdl.syntax.foreign import RECOGNISERS, VAGUE_RECOGNISERS
from w2sdl.syntax.lexer import parser
from w2sdl.syntax.place import (
    CLOSING,
    KEYWORDS,
    LABELS,
    RESERVED,
    VALUES,
    Mistake,
    Place,
    token_span,
)

#: Words for the terminals of the grammar that a message may have to name.
_WORDS = {
    "NAME": "a name", "STRING": "a string", "LONG_STRING": "a string", "INTEGER": "a number",
    "FLOAT": "a number", "PERCENT": "a number", "QUANTITY": "a number", "EQUAL": "`=`",
    "COLON": "`:`", "COMMA": "`,`",
    "LPAR": "`(`", "RPAR": "`)`", "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`",
    "DOT": "`.`", "COMPARE": "a comparison (`<`, `>`, `<=`, `>=`)", "AT": "`at`",
    "EQUALS": "`==`", "WITHIN": "`within`", "BASELINE": "`baseline`",
    "MINUS": "`-`", "PLUS": "`+`", "PRODUCT": "`*` or `/`", "ON": "`on`", "AS": "`as`",
}  # fmt: skip
_VALUE_STARTS = frozenset({"NAME", "INTEGER", "FLOAT", "STRING", "LSQB", "LBRACE"})
_LINKS = ("in", "is", "be", "as")


def mistake_at(place: Place) -> Mistake:
    """The message for the place where the parser stopped."""
    recognisers = (
        *RECOGNISERS, wrong_sign, reserved_name, *VAGUE_RECOGNISERS, unknown_declaration,
        missing_comma, missing_equal,
    )  # fmt: skip
    for recognise in recognisers:
        found = recognise(place)
        if found is not None:
            return found
    diagnostic = _missing(place) if place.type() == "" else _unexpected(place)
    inputs = [str(t) for t in place.chunk if t.type == "NAME"] if place.first == "DEF" else []
    return Mistake(diagnostic, (), tuple(inputs))  # its body may stand in the lines that follow


def _missing(place: Place) -> Diagnostic:
    behind = token_span(place.source, place.chunk[-1]).end if place.chunk else 0
    span = Span(place.source, behind, behind + 1)
    if place.first == "MEASURE" and "ON" in place.accepts:
        return syntax.MissingOn(span=span, name=str(place.chunk[1]))
    return syntax.UnfinishedDeclaration(span=span, expected=expected_words(place.accepts))


def _unexpected(place: Place) -> Diagnostic:
    found = _found_words(place.token())
    if place.at == 0:
        return syntax.StrayText(span=place.span(), found=found)
    return syntax.UnexpectedToken(
        span=place.span(),
        expected=expected_words(place.accepts),
        found=found,
        advice=_advice(place),
    )


def reserved_name(place: Place) -> Mistake | None:
    """``measure = ...``, ``axis data = ...``."""
    if place.type() == "EQUAL" and place.at == 1 and place.first in RESERVED:
        return Mistake(syntax.ReservedName(span=place.span(-1, -1), name=place.text(-1)))
    named = place.accepts == {"NAME"} or place.type(1) == "EQUAL"
    if place.type() in RESERVED and place.at > 0 and named:
        return Mistake(syntax.ReservedName(span=place.span(), name=place.text()))
    return None


def unknown_declaration(place: Place) -> Mistake | None:
    """``mesure x = ...``: a word before a name, which is none of the language's."""
    if place.at != 1 or place.first != "NAME" or place.type() not in LABELS | {"STRING"}:
        return None
    word = place.text(-1)
    if word == "baseline":
        return _baseline_without_colon(place)
    near = nearest_names(word, [keyword.lower() for keyword in KEYWORDS], limit=1)
    advice = "" if near else _declaration_advice(place)
    message = syntax.UnknownDeclaration(
        span=place.span(-1, -1), word=word, near=near, advice=advice
    )
    mended = place.replaced(-1, -1, place.like(near[0].upper(), near[0], -1)) if near else ()
    return Mistake(message, mended, (place.text(),))


def _baseline_without_colon(place: Place) -> Mistake:
    """``baseline evidence = none``, ``baseline evidence none``."""
    name = place.text()
    right = f"baseline {name}: {place.text(2) or 'none'}"
    if place.type(1) != "EQUAL":
        advice = "name a point of an axis, `baseline axis: point`, or a thing, `baseline of: name`"
        span = place.span(1, 1) if place.type(1) else place.span()
        found = _found_words(place.token(1)) if place.type(1) else "the end"
        return Mistake(
            syntax.UnexpectedToken(span=span, expected="`:`", found=found, advice=advice)
        )
    message = syntax.WrongSign(
        span=place.span(1, 1), what="a baseline", right=":", wrong="=", example=right
    )
    word, colon = place.like("BASELINE", "baseline", -1), place.like("COLON", ":", 1)
    return Mistake(message, place.replaced(-1, 1, word, place.token(), colon))


def _declaration_advice(place: Place) -> str:
    if place.type() == "NAME" and place.type(1) == "EQUAL":
        return f"write `{place.text()} = ...`: before a name stand only data, weak and strong"
    return "a comment begins with `#`, a declaration with its word or `name =`"


def wrong_sign(place: Place) -> Mistake | None:
    """``:`` where a declaration has ``=``, and the other way round in `expect`."""
    name = place.text(-1)
    links = place.type() == "COLON" or (place.text() in _LINKS and place.type() != "STRING")
    if links and "EQUAL" in place.accepts and place.at > 0:
        message = syntax.WrongSign(
            span=place.span(),
            what="a declaration",
            right="=",
            wrong=place.text(),
            example=f"{name} = ...",
        )
        return Mistake(message, place.replaced(0, 0, place.like("EQUAL", "=")))
    if place.type() == "EQUAL" and "COLON" in place.accepts and place.first == "EXPECT":
        message = syntax.WrongSign(
            span=place.span(),
            what="an expectation",
            right=":",
            wrong="=",
            example=f"expect {name}: one > other",
        )
        return Mistake(message, place.replaced(0, 0, place.like("COLON", ":")))
    return None


def missing_comma(place: Place) -> Mistake | None:
    """Two values side by side in brackets."""
    if "COMMA" not in place.accepts or place.type() not in VALUES:
        return None
    items = {"LPAR": "arguments", "LSQB": "items", "LBRACE": "fields"}.get(place.opened, "names")
    named = place.opened == "LPAR" and place.type(-1) in LABELS and place.type(-2) in _BEFORE
    message = syntax.MissingComma(
        span=place.span(),
        found=_found_words(place.token()),
        items=items,
        name=place.text(-1) if named else "",
    )
    mended = place.replaced(0, 0, place.like("COMMA", ","), place.token())
    return Mistake(message, () if named else mended)


_BEFORE = ("LPAR", "COMMA")


def missing_equal(place: Place) -> Mistake | None:
    """``axis seed 0..2``."""
    if "EQUAL" not in place.accepts or place.type() not in VALUES or place.type(-1) != "NAME":
        return None
    message = syntax.UnexpectedToken(
        span=place.span(),
        expected="`=`",
        found=_found_words(place.token()),
        advice=f"write `{place.text(-1)} = ...`",
    )
    return Mistake(message, place.replaced(0, 0, place.like("EQUAL", "="), place.token()))


@cache
def _words() -> Mapping[str, str]:
    """A word for each terminal; those without a name of their own are shown as they are written."""
    signs = {t.name: str(t.pattern.value) for t in parser().terminals if t.name.startswith("__")}
    return {**_WORDS, **{name: f"`{sign}`" for name, sign in signs.items()}}


def expected_words(terminals: frozenset[str]) -> str:
    """What may stand at a place, in words."""
    if terminals >= _VALUE_STARTS:
        return "a value"
    known = _words()
    if "LBRACE" in terminals and "COLON" not in terminals:
        return known["LBRACE"]
    if "COMMA" in terminals:  # what would go on after it is not the news
        closing = sorted(terminals & set(CLOSING))
        return " or ".join(known[name] for name in ["COMMA", *closing])
    operators = {"PLUS", "MINUS", "PRODUCT", "DOT", "LPAR", "LSQB"}
    terminals = frozenset(terminals - operators or terminals)
    words = sorted({known[name] for name in terminals if name in known})
    if "$END" in terminals or not words:
        return "the next declaration"
    return " or ".join(words[:4])


def _found_words(token: Token) -> str:
    text = str(token) if len(token) <= 24 else f"{token[:24]}…"
    return f"`{text}`"


def _advice(place: Place) -> str:
    if place.type() == "EQUALS" and place.first == "EXPECT":
        return "compare two at a time: `a == b within 2%`, and the others in another `expect`"
    if place.type() == "COMMA" and place.opened == "LPAR":
        return "a list is written with `[` and `]`"
    if place.type() == "STRING" and place.type(-1) == "EXPERIMENT":
        return f"an experiment has a name before its text: `experiment a_name {place.text()}`"
    if place.accepts == {"NAME"} and place.type() == "INTEGER":
        return "a name begins with a letter"
    if place.type(-2) == "LPAR" and place.text(-3) == "allow":
        return f'a waiver has a reason, which the report prints: `allow({place.text(-1)}, "why")`'
    if place.first == "DEF":
        return "a sub-graph is `def name(inputs) -> outputs { ... }`"
    if re.match(r"\w", place.text()) and "COLON" in place.accepts:
        return "a label and its value are separated by `:`"
    return ""
