"""Notation of other languages where the grammar has another: what it is called here, and how it is written.

Each function knows one habit of newcomers from Python, JSON, Rust, MATLAB or prose, and gives the
declaration back as it was meant where that is certain.
"""

from __future__ import annotations

import re

from lark import Token

from w2sdl.errors import syntax
from w2sdl.syntax.foreign_numbers import colon_range, dotted_range, naked_point, suffixed_number
from w2sdl.syntax.place import LABELS, Mistake, Place, Recogniser, enclosing, is_body, token_span

_PREFIXES = frozenset({"f", "r", "b", "u", "rb", "br", "fr", "rf"})
_LOOPS = "there are no loops: what depends on an axis is computed for each of its points"
_CONDITIONS = "a spec has no conditions: what differs between arms is a point of an axis"
_CODE = "a spec runs no code: an operation of your own comes from a Python module (--module)"
_BINDINGS = "a binding needs no word before it: `name = value`"
_WORDS = {
    **dict.fromkeys(("for", "foreach", "while", "loop", "repeat"), _LOOPS),
    **dict.fromkeys(("if", "else", "elif", "unless", "switch", "case", "when"), _CONDITIONS),
    **dict.fromkeys(("and", "or", "not", "is", "in"), _CONDITIONS),
    **dict.fromkeys(("lambda", "function", "func", "fn", "class", "return", "yield"), _CODE),
    **dict.fromkeys(("try", "assert", "raise", "pass", "print", "del", "global"), _CODE),
    **dict.fromkeys(("let", "var", "const", "val"), _BINDINGS),
}
_IMPORTS = frozenset({"from", "include", "require", "use", "using"})


def prefixed_string(place: Place) -> Mistake | None:
    """``f"..."``, ``r'...'``."""
    name = place.text(-1)
    if place.type(-1) != "NAME" or not place.touches() or name.rstrip("'").lower() not in _PREFIXES:
        return None
    prefix = name.rstrip("'")
    advice = f"leave out the `{prefix}`"
    if "f" in prefix.lower():
        advice += ": nothing is filled into strings"
    if place.type() == "STRING":
        message = syntax.ForeignQuotes(span=place.span(-1), found=f'`{prefix}"`', advice=advice)
        return Mistake(message, place.replaced(-1, -1))
    if name.endswith("'"):
        message = syntax.ForeignQuotes(span=place.span(-1), found=f"`{prefix}'`", advice=advice)
        return Mistake(message)
    return None


def doubled_equal(place: Place) -> Mistake | None:
    """``==`` outside `expect`."""
    if place.type() != "EQUALS" or place.first == "EXPECT":
        return None
    advice = "one `=` binds a name, and an argument is given as `name: value`"
    message = syntax.ForeignOperator(span=place.span(), found="==", advice=advice)
    kind, text = ("EQUAL", "=") if "EQUAL" in place.accepts else ("COLON", ":")
    return Mistake(message, place.replaced(0, 0, place.like(kind, text)))


def colon_equal(place: Place) -> Mistake | None:
    """``:=``."""
    if place.are(0, "COLON", "EQUAL"):
        advice = "a declaration is `name = value`"
        message = syntax.ForeignOperator(span=place.span(0, 1), found=":=", advice=advice)
        return Mistake(message, place.replaced(0, 0))
    if place.are(-1, "COLON", "EQUAL"):
        advice = f"write `{place.text(-2)}: ...`"
        message = syntax.ForeignOperator(span=place.span(-1), found=":=", advice=advice)
        return Mistake(message, place.replaced(0, 0))
    return None


def arrow(place: Place) -> Mistake | None:
    """``->``, ``=>``, ``=<``."""
    if place.text() == "->":
        advice = "what comes out of a call is named on the left: `name = operation(...)`"
        return Mistake(syntax.ForeignOperator(span=place.span(), found="->", advice=advice))
    for offset in (0, -1):
        if place.are(offset, "EQUAL", "COMPARE") and place.text(offset + 1) in "<>":
            right = f"{place.text(offset + 1)}="
            message = syntax.ForeignOperator(
                span=place.span(offset, offset + 1),
                found=place.written(offset, offset + 1),
                advice=f"write `{right}`",
            )
            return Mistake(
                message,
                place.replaced(offset, offset + 1, place.like("COMPARE", right, offset)),
            )
    return None


def power(place: Place) -> Mistake | None:
    """``2**10``."""
    if not place.are(-1, "PRODUCT", "PRODUCT") or place.written(-1, 0) != "**":
        return None
    advice = "there is no power: write the number out, as in `1_000_000`"
    message = syntax.ForeignOperator(span=place.span(-1), found="**", advice=advice)
    return Mistake(message, place.replaced(0, 0))


def equals_in_call(place: Place) -> Mistake | None:
    """``f(x, layers=1)``, ``{a = 1}``."""
    words = {"LPAR": "arguments are", "LBRACE": "fields are", "LSQB": "a point of an axis is"}
    if place.type() != "EQUAL" or place.opened not in words or place.type(-1) not in LABELS:
        return None
    chunk = list(place.chunk)
    found = [
        index
        for index, bracket in enumerate(enclosing(place.chunk))
        if index >= place.at
        and bracket >= 0
        and (chunk[index].type, chunk[index - 1].type in LABELS) == ("EQUAL", True)
        and not is_body(place.chunk, bracket)
    ]
    for index in found:
        chunk[index] = Token.new_borrow_pos("COLON", ":", chunk[index])
    message = syntax.EqualsInCall(
        span=place.span(), what=words[place.opened], name=place.text(-1), more=len(found) - 1
    )
    return Mistake(message, tuple(chunk))


def quoted_label(place: Place) -> Mistake | None:
    """``f(x, "seed": 3)``; the fields of a record may be quoted."""
    brackets = list(enclosing(place.chunk))
    found = [
        index
        for index in range(max(0, place.at - 1), len(place.chunk) - 1)
        if (place.chunk[index].type, place.chunk[index + 1].type) == ("STRING", "COLON")
        and brackets[index] >= 0
        and place.chunk[brackets[index]].type == "LPAR"
    ]
    if not found or found[0] > place.at:
        return None
    chunk = list(place.chunk)
    names = [re.sub(r"\W+", "_", str(chunk[i])[1:-1]).strip("_") or "name" for i in found]
    for index, name in zip(found, names, strict=True):
        chunk[index] = Token.new_borrow_pos("NAME", name, chunk[index])
    span = token_span(place.source, place.chunk[found[0]])
    message = syntax.QuotedLabel(span=span, name=names[0], more=len(found) - 1)
    return Mistake(message, tuple(chunk))


def dash_in_name(place: Place) -> Mistake | None:
    """``experiment my-name``, ``f(learning-rate: 3)``."""
    if place.are(-1, *_DASHED):
        first, last = -1, 1
    elif place.type() == "COLON" and place.are(-3, *_DASHED):
        first, last = -3, -1
    else:
        return None
    while place.are(first - 2, *_DASHED):
        first -= 2
    while place.are(last, *_DASHED):
        last += 2
    found = place.written(first, last)
    instead = found.replace("-", "_")
    message = syntax.DashInName(span=place.span(first, last), found=found, instead=instead)
    mended = place.replaced(first, last, place.like("NAME", instead, first))
    return Mistake(message, mended, tuple(found.split("-")))


_DASHED = ("NAME", "MINUS", "NAME")


def import_form(place: Place) -> Mistake | None:
    """``import lib``, ``from lib import x``, ``import "lib.w2s"``."""
    foreign = place.at == 1 and str(place.chunk[0]) in _IMPORTS
    if not (place.first == "IMPORT" or foreign):
        return None
    path = next((str(t)[1:-1] for t in place.chunk if t.type == "STRING"), "")
    names = [str(t) for t in place.chunk[1:] if t.type == "NAME"]
    stem = re.sub(r"\W+", "_", path.rpartition("/")[2].removesuffix(".w2s")).strip("_")
    name = names[-1] if path and names else stem or (names[0] if names else "library")
    reason = "`as` and a name should follow" if path else "a file name in quotes should follow"
    at = min(place.at, len(place.chunk) - 1) if place.first == "IMPORT" else 0
    message = syntax.ImportForm(
        span=token_span(place.source, place.chunk[at]),
        reason=reason,
        path=path or f"{name}.w2s",
        name=name,
    )
    return Mistake(message, (), (name, *names))


def word_of_code(place: Place) -> Mistake | None:
    """``for``, ``if``, ``lambda``, ``let`` ..."""
    for offset in (0, -1):
        word = place.text(offset)
        if place.type(offset) != "NAME" or word not in _WORDS:
            continue
        message = syntax.ForeignWord(
            span=place.span(offset, offset), word=word, advice=_WORDS[word]
        )
        is_let = place.at + offset == 0 and _WORDS[word] is _BINDINGS
        return Mistake(message, place.chunk[1:] if is_let else ())
    return None


def unnamed_result(place: Place) -> Mistake | None:
    """``accuracy(W')`` alone."""
    if place.at != 1 or place.type() != "LPAR" or place.first != "NAME":
        return None
    message = syntax.UnnamedResult(span=place.span(-1, -1), call=place.text(-1))
    return Mistake(message)


RECOGNISERS: tuple[Recogniser, ...] = (
    import_form,
    prefixed_string,
    colon_range,
    dotted_range,
    doubled_equal,
    colon_equal,
    arrow,
    power,
    naked_point,
    suffixed_number,
    equals_in_call,
    quoted_label,
    dash_in_name,
)

#: Tried after others that say more where both fit.
VAGUE_RECOGNISERS: tuple[Recogniser, ...] = (word_of_code, unnamed_result)
