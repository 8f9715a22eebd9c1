"""Syntax nodes back to text: one canonical line for an expression. Names of nodes are made of it."""

from __future__ import annotations

import json

from w2sdl.syntax import nodes
from w2sdl.syntax.quantities import number_text, what_of


def expression_text(expr: nodes.Expr) -> str:  # noqa: C901 - one line a form
    """The canonical one-line text of an expression."""
    match expr:
        case nodes.Literal(value):
            return literal_text(value)
        case nodes.Quantity(value, unit):
            return f"{number_text(value)}{unit}"
        case nodes.Name(name):
            return name
        case nodes.Field(base, name):
            return f"{expression_text(base)}.{name}"
        case nodes.Select(base, entries):
            return f"{expression_text(base)}[{entries_text(entries)}]"
        case nodes.Call(callee, positional, named):
            arguments = [expression_text(item) for item in positional]
            arguments += [entries_text((entry,)) for entry in named]
            return f"{expression_text(callee)}({', '.join(arguments)})"
        case nodes.ListExpr(items):
            return f"[{', '.join(expression_text(item) for item in items)}]"
        case nodes.Record(entries):
            return f"{{{entries_text(entries)}}}"
        case nodes.Range(first, last):
            return f"{first}..{last}"
        case nodes.Arithmetic(sign, left, right):
            return _arithmetic_text(sign, left, right)


def claim_text(claim: nodes.Expect) -> str:
    """What an expectation claims, without its name and level: ``a < b < c``."""
    first, *rest = map(expression_text, claim.terms)
    text = " ".join([first, *(f"{s} {t}" for s, t in zip(claim.signs, rest, strict=True))])
    return text if claim.margin is None else f"{text} within {literal_text(claim.margin.value)}"


def _arithmetic_text(sign: str, left: nodes.Expr, right: nodes.Expr) -> str:
    """With the brackets that the grammar needs to read it the same way again."""
    strong = sign in "*/"
    first = _operand(left, bracketed="+-" if strong else "")
    second = _operand(right, bracketed="+-*/" if strong else "+-")
    return f"{first} {sign} {second}"


def _operand(expr: nodes.Expr, bracketed: str) -> str:
    text = expression_text(expr)
    loose = isinstance(expr, nodes.Arithmetic) and expr.sign in bracketed
    return f"({text})" if loose else text


def entries_text(entries: tuple[nodes.Entry, ...]) -> str:
    """``a: 1, b: 2``."""
    return ", ".join(f"{entry.name}: {expression_text(entry.value)}" for entry in entries)


def literal_text(value: object) -> str:
    """A value in JSON form as a literal of the language (variants as calls)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal_text(item) for item in value)}]"
    if isinstance(value, dict):
        fields = [f"{k}: {literal_text(v)}" for k, v in value.items() if k != "variant"]
        if "variant" in value:
            return f"{value['variant']}({', '.join(fields)})"
        return f"{{{', '.join(fields)}}}"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:_}"
    return str(value)


def describe(expr: nodes.Expr) -> str:
    """What an expression is, for messages: "the number 3", "a list"."""
    match expr:
        case nodes.Literal(bool() as value):
            return f"`{literal_text(value)}`"
        case nodes.Literal(str() as value):
            return f"the string {literal_text(value if len(value) < 40 else value[:40] + '…')}"
        case nodes.Literal(value):
            return f"the number {literal_text(value)}"
        case nodes.Quantity(_, unit):
            return f"the {what_of(unit)} `{expression_text(expr)}`"
        case nodes.ListExpr() | nodes.Range():
            return "a list"
        case nodes.Record():
            return "a record"
        case nodes.Call(callee):
            return f"`{expression_text(callee)}(...)`"
        case nodes.Arithmetic():
            return "a computed number"
        case _:
            return f"`{expression_text(expr)}`"
