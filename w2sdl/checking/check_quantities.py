"""Check quantities and words of operational arguments: ``4h``, ``18GiB``, ``half``, ``oom``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl import signature as sig
from w2sdl.errors import types
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import RetryOf
from w2sdl.program import Const, ListTerm, Term
from w2sdl.syntax import nodes
from w2sdl.syntax.quantities import (
    EXAMPLES,
    WORDS,
    What,
    amount,
    number_text,
    quantity_text,
    what_of,
)
from w2sdl.syntax.text import describe

if TYPE_CHECKING:
    from w2sdl.checking.check_calls import Calls

#: The least and the most of each; what is beyond was mistyped, or can't be kept by a timer.
_BOUNDS: dict[What, tuple[float, float]] = {
    "size": (1, 2**60), "duration": (0.001, 10 * 365 * 86400), "factor": (0.01, 100),
}  # fmt: skip
_UNITS: dict[What, tuple[str, ...]] = {
    "size": ("GiB", "MiB"), "duration": ("s", "min", "h"), "factor": ("x",),
}  # fmt: skip


def word_term(expr: nodes.Expr, kind: sig.ParamType) -> Term | None:
    """A word where one is wanted, or where a list of them is: it wins over a name of the spec."""
    match expr:
        case nodes.Name(word) | nodes.Literal(str() as word):
            pass
        case _:
            return None
    match kind:
        case sig.WordOf(choices) if word in choices:
            return Const(word)
        case sig.QuantityOf("factor") if word in WORDS:
            return Const(WORDS[word])
        case sig.ListOf(sig.WordOf() as item):
            only = word_term(expr, item)
            return ListTerm((only,)) if only is not None else None
    return None


def check_word(
    cx: Calls, expr: nodes.Expr, kind: sig.QuantityOf | sig.WordOf, name: str
) -> Term | None:
    """The term for a quantity, or None after a message; words were looked for before."""
    reason = ""
    match expr, kind:
        case nodes.Quantity(number, unit), sig.QuantityOf(what) if what_of(unit) == what:
            value = amount(number, unit)
            reason = out_of_bounds(value, what)
            if not reason:
                return Const(value)
    choices = kind.choices if isinstance(kind, sig.WordOf) else tuple(WORDS)
    word = expr.name if isinstance(expr, nodes.Name) else ""
    expected = _expected(kind)
    cx.found.add(
        types.BadValue(
            span=expr.span,
            name=name,
            expected=expected,
            found=describe(expr),
            reason=reason or f"not {expected}",
            advice=_advice(expr, kind),
            near=nearest_names(word, choices) if word else (),
        )
    )
    return None


def _expected(kind: sig.QuantityOf | sig.WordOf) -> str:
    if isinstance(kind, sig.QuantityOf):
        return EXAMPLES[kind.what]
    *first, last = (f"`{choice}`" for choice in kind.choices)
    return f"{', '.join(first)} or {last}"


def out_of_bounds(value: float, what: What) -> str:
    """What is wrong with a quantity that is too small or too large, or ""."""
    least, most = _BOUNDS[what]
    if value <= 0:
        return "must be more than 0"
    if value < least:
        return f"must be at least {quantity_text(what, least)}" if what != "size" else "too small"
    return f"must be at most {quantity_text(what, most)}" if value > most else ""


def _advice(expr: nodes.Expr, kind: sig.QuantityOf | sig.WordOf) -> str:
    """How a number without a unit may have been meant, and why an error is not tried again."""
    match expr, kind:
        case nodes.Literal(int() | float() as number), sig.QuantityOf(what) if number is not True:
            shown = [f"`{number_text(number)}{unit}`" for unit in _UNITS[what]]
            return f"write its unit: {' or '.join(shown)}" if number > 0 else ""
        case nodes.Name("error"), sig.WordOf():
            return "an error of the operation itself would come again"
        case _:
            return ""


def retry_change(entry: nodes.Entry, kind: RetryOf) -> types.RetryChange:
    """A field of ``retry`` that is none."""
    fields = [field.name for field in kind.fields if field.name not in ("max", "on")]
    *first, last = (f"`{name}`" for name in fields)
    reason = f"`{entry.name}` is neither"
    if entry.name in kind.changing:
        reason = f"`{entry.name}` changes the result"
    return types.RetryChange(
        span=entry.name_span,
        op=kind.op,
        name=entry.name,
        known=f"{', '.join(first)} or {last}",
        reason=reason,
        near=nearest_names(entry.name, [field.name for field in kind.fields]),
    )
