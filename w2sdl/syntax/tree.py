"""Lark's tree to syntax nodes: one method per rule of the grammar, called bottom-up."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Any

from lark import Token, Tree
from lark.tree import Meta

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes

MAX_DIGITS = 40
_LETTERS = string.ascii_letters
_PRIMES = str.maketrans({"\u2032": "'", "\u2019": "'"})


#: Terms, the signs between them, and the margin of an equality.
_Claim = tuple[tuple[nodes.Expr, ...], tuple[str, ...], nodes.Literal | None]


class BadLiteral(ValueError):
    """A literal that the grammar allows and that means nothing: the message says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title())
        self.diagnostic = diagnostic


def normalise_name(text: str) -> str:
    """The one form of a name: NFC, look-alike primes as apostrophes. Never applied to strings."""
    return unicodedata.normalize("NFC", text).translate(_PRIMES)


def _unquote(token: Token) -> str:
    """Resolve escapes. A long string loses its first line break, as a convenience of layout."""
    if token.type == "LONG_STRING":
        body = token[3:-3]
        return _unescape(body.removeprefix("\n"))
    return _unescape(token[1:-1])


def _unescape(body: str) -> str:
    simple = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "\n": ""}
    return re.sub(r"\\(.)", lambda m: simple.get(m[1], m[0]), body, flags=re.DOTALL)


class Builder:
    """Builds `w2sdl.syntax.nodes` from one declaration's (or expression's) tree.

    Raises:
        BadLiteral: for a literal that means nothing.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def build(self, tree: Tree[Token]) -> Any:
        """What a tree stands for: its children first, then the method of its rule."""
        children = [self.build(c) if isinstance(c, Tree) else c for c in tree.children]
        return getattr(self, tree.data)(tree.meta, children)

    def _span(self, meta: Meta) -> Span:
        return Span(self._source, meta.start_pos, meta.end_pos)

    def _at(self, token: Token) -> Span:
        start = token.start_pos or 0
        return Span(self._source, start, start + len(token))

    # Declarations

    def module(self, meta: Meta, items: list[Any]) -> list[nodes.Declaration]:
        return items

    def experiment(self, meta: Meta, items: list[Any]) -> nodes.Experiment:
        name, description = items
        text = description.value if description else ""
        return nodes.Experiment(normalise_name(name), text, self._span(meta))

    def import_(self, meta: Meta, items: list[Any]) -> nodes.Import:
        path, name = items
        return nodes.Import(_unquote(path), normalise_name(name), self._span(meta))

    def axis(self, meta: Meta, items: list[Any]) -> nodes.Axis:
        (name, at), points = items
        return nodes.Axis(".".join(name), points, self._span(meta), at)

    def path(self, meta: Meta, items: list[Token]) -> tuple[tuple[str, ...], Span]:
        names = tuple(normalise_name(token) for token in items)
        return names, self._at(items[0]).to(self._at(items[-1]))

    def binding(self, meta: Meta, items: list[Any]) -> nodes.Binding:
        role, (name, at), value, *waivers = items
        return nodes.Binding(
            ".".join(name), value, role or "", tuple(waivers), self._span(meta), at
        )

    def role(self, meta: Meta, items: list[Any]) -> str:
        return str(items[0])

    def measure(self, meta: Meta, items: list[Any]) -> nodes.Measure:
        name, value, on, *waivers = items
        return nodes.Measure(
            normalise_name(name), value, on, tuple(waivers), self._span(meta), self._at(name)
        )

    def expect(self, meta: Meta, items: list[Any]) -> nodes.Expect:
        name, _, level, (terms, signs, margin) = items
        places = self._span(meta), self._at(name)
        return nodes.Expect(normalise_name(name), terms, signs, *places, margin, level)

    def ordering(self, meta: Meta, items: list[Any]) -> _Claim:
        return tuple(items[::2]), tuple(map(str, items[1::2])), None

    def equality(self, meta: Meta, items: list[Any]) -> _Claim:
        left, sign, right, _, margin = items
        return (left, right), (str(sign),), margin

    def number(self, meta: Meta, items: list[Any]) -> nodes.Literal:
        minus, token = items
        rule = {"INTEGER": self.integer, "FLOAT": self.decimal, "PERCENT": self.percent}[token.type]
        found = rule(meta, [token])
        return nodes.Literal(-float(found.value) if minus else found.value, self._span(meta))

    def baseline(self, meta: Meta, items: list[Any]) -> nodes.Baseline:
        _, label, value = items
        return nodes.Baseline(normalise_name(label), value, self._span(meta), self._at(label))

    def profile(self, meta: Meta, items: list[Any]) -> nodes.Profile:
        name, *settings = items
        return nodes.Profile(
            normalise_name(name), tuple(settings), self._span(meta), self._at(name)
        )

    def setting(self, meta: Meta, items: list[Any]) -> nodes.Setting:
        (names, at), value = items
        return nodes.Setting(names, value, self._span(meta), at)

    def definition(self, meta: Meta, items: list[Any]) -> nodes.Definition:
        name, inputs, outputs, *body = items
        return nodes.Definition(
            normalise_name(name),
            inputs or (),
            outputs,
            tuple(body),
            self._span(meta),
            self._at(name),
        )

    def names(self, meta: Meta, items: list[Any]) -> tuple[str, ...]:
        return tuple(normalise_name(token) for token in items if token)

    def allow(self, meta: Meta, items: list[Any]) -> nodes.Waiver:
        rule, reason = items
        return nodes.Waiver(normalise_name(rule), reason.value, self._span(meta))

    # Expressions

    def name(self, meta: Meta, items: list[Token]) -> nodes.Name:
        return nodes.Name(normalise_name(items[0]), self._at(items[0]))

    def integer(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(self._integer(items[0]), self._span(meta))

    def _integer(self, token: Token) -> int:
        return int(self._digits(token))

    def _digits(self, token: Token) -> str:
        """The text of a number that can be one."""
        if len(token.replace("_", "")) > MAX_DIGITS:
            raise BadLiteral(syntax.BadNumber(span=self._at(token), limit=MAX_DIGITS))
        if re.search(r"_(?!\d)", token) or re.search(r"(?<!\d)_", token):
            raise BadLiteral(syntax.MisplacedUnderscore(span=self._at(token), text=str(token)))
        return str(token)

    def decimal(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(float(self._digits(items[0])), self._span(meta))

    def percent(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(float(self._digits(items[0])[:-1]) / 100, self._span(meta))

    def quantity(self, meta: Meta, items: list[Token]) -> nodes.Quantity:
        digits = items[0].rstrip(_LETTERS)
        number = Token.new_borrow_pos("INTEGER", digits, items[0])
        unit = items[0][len(digits) :]
        text = self._digits(number)
        value = float(text) if "." in text else int(text)
        return nodes.Quantity(value, unit, self._span(meta))

    def string(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(_unquote(items[0]), self._span(meta))

    def true(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(True, self._span(meta))

    def false(self, meta: Meta, items: list[Token]) -> nodes.Literal:
        return nodes.Literal(False, self._span(meta))

    def range_(self, meta: Meta, items: list[Token]) -> nodes.Range:
        first, last = (self._integer(token) for token in items)
        return nodes.Range(first, last, self._span(meta))

    def list_(self, meta: Meta, items: list[Any]) -> nodes.ListExpr:
        return nodes.ListExpr(tuple(items[0] or ()), self._span(meta))

    def items(self, meta: Meta, items: list[Any]) -> tuple[Any, ...]:
        return tuple(item for item in items if item is not None)

    def record(self, meta: Meta, items: list[Any]) -> nodes.Record:
        return nodes.Record(tuple(items[0] or ()), self._span(meta))

    def entries(self, meta: Meta, items: list[Any]) -> tuple[Any, ...]:
        return tuple(item for item in items if item is not None)

    def entry(self, meta: Meta, items: list[Any]) -> nodes.Entry:
        label, value = items
        name = _unquote(label) if label.type == "STRING" else normalise_name(label)
        return nodes.Entry(name, value, self._at(label))

    def label(self, meta: Meta, items: list[Token]) -> Token:
        return items[0]

    def arguments(self, meta: Meta, items: list[Any]) -> tuple[Any, ...]:
        return tuple(item for item in items if item is not None)

    def positional(self, meta: Meta, items: list[Any]) -> Any:
        return items[0]

    def named(self, meta: Meta, items: list[Any]) -> nodes.Entry:
        label, value = items
        return nodes.Entry(normalise_name(label), value, self._at(label))

    def call(self, meta: Meta, items: list[Any]) -> nodes.Call:
        callee, arguments = items
        arguments = arguments or ()
        named = tuple(a for a in arguments if isinstance(a, nodes.Entry))
        positional = tuple(a for a in arguments if not isinstance(a, nodes.Entry))
        operational = tuple(entry for entry in named if entry.name in nodes.OPERATIONAL)
        named = tuple(entry for entry in named if entry.name not in nodes.OPERATIONAL)
        return nodes.Call(callee, positional, named, self._span(meta), operational)

    def field(self, meta: Meta, items: list[Any]) -> nodes.Field:
        base, label = items
        return nodes.Field(base, normalise_name(label), self._span(meta), self._at(label))

    def select(self, meta: Meta, items: list[Any]) -> nodes.Select:
        base, entries = items
        return nodes.Select(base, entries, self._span(meta))

    def binary(self, meta: Meta, items: list[Any]) -> nodes.Arithmetic:
        left, sign, right = items
        return nodes.Arithmetic(str(sign), left, right, self._span(meta))

    def negative(self, meta: Meta, items: list[Any]) -> nodes.Expr:
        _, value = items
        if isinstance(value, nodes.Literal) and isinstance(value.value, int | float):
            return nodes.Literal(-value.value, self._span(meta))
        if isinstance(value, nodes.Quantity):
            return nodes.Quantity(-value.value, value.unit, self._span(meta))
        return nodes.Arithmetic("-", nodes.Literal(0, self._span(meta)), value, self._span(meta))
