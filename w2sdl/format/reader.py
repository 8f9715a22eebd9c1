"""Tokens and comments to pieces.

The tokens are those of a text that the parser has accepted, so a kind of token says enough to go on.
A comment where the layout has no place for one moves on to the next place that has: order is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lark import Token

from w2sdl.format.comments import Comment, Gap, Leading, split_trailing
from w2sdl.format.pieces import (
    Block,
    Chain,
    Clause,
    Declaration,
    Group,
    Header,
    Placed,
    Row,
    Sheet,
    Term,
    Value,
    make_chain,
    make_group,
    make_value,
)
from w2sdl.syntax.tree import normalise_name

_OPERATORS = frozenset({"PLUS", "MINUS", "PRODUCT", "COMPARE", "EQUALS", "WITHIN"})
_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_ROLES = {
    "WEAK": "weak  ",
    "STRONG": "strong",
    "DATA": "data",
}  # of one width: models come in pairs
_NAME = re.compile(r"[^\W\d]\w*'*")


def canonical_text(token: Token) -> str:
    """A token as it is printed: digits in threes, names normalised, all else as written."""
    if token.type == "INTEGER":
        return f"{int(token):_}"
    if token.type != "NAME" or token.isascii():
        return str(token)
    name = normalise_name(token)
    # Some letters fall apart when they are normalised, into what is no name any more.
    return name if _NAME.fullmatch(name) else str(token)


class Reader:
    """Reads pieces from tokens; ``gaps`` has one entry for each token, and one for the end."""

    def __init__(self, tokens: Sequence[Token], gaps: Sequence[Gap]) -> None:
        self._tokens = tokens
        self._gaps = gaps
        self._at = 0
        self._seen = -1  # the last gap whose comments are out
        self._waiting: list[Comment] = []  # comments on their way to a place

    # Tokens and comments

    def _kind(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].type if at < len(self._tokens) else ""

    def _take(self) -> str:
        """The next token's text. Comments before it wait for a place."""
        self._gather()
        self._at += 1
        return canonical_text(self._tokens[self._at - 1])

    def _gather(self) -> None:
        if self._seen < self._at:
            self._seen = self._at
            self._waiting += self._gaps[self._at].comments

    def _comments(self) -> tuple[Comment, ...]:
        """The comments that wait, and those before the next token: this is their place."""
        self._gather()
        found = tuple(self._waiting)
        self._waiting.clear()
        return found

    def _placed(
        self, end: str, read: Callable[[], Row], leading: Leading, comma: bool
    ) -> tuple[tuple[Placed[Row], ...], Leading]:
        """Rows up to a closing bracket, and the comments before that.

        ``comma``: they are items, with commas between them and without blank lines.
        """
        rows = []
        while self._kind() != end:
            blank = self._gaps[self._at].blank and not comma
            row = read()
            comments = self._comments()
            if comma and self._kind() == "COMMA":
                self._take()
                comments += self._comments()
            trailing, following = split_trailing(comments)
            rows.append(Placed(row, leading, trailing, blank))
            leading = following
        return tuple(rows), leading

    # Declarations

    def sheet(self) -> Sheet:
        """All declarations."""
        declarations: list[Placed[Declaration]] = []
        leading = self._comments()
        while self._kind():
            blank = self._gaps[self._at].blank
            declaration = self._declaration()
            trailing, following = split_trailing(self._comments())
            declarations.append(Placed(declaration, leading, trailing, blank))
            leading = following
        return Sheet(tuple(declarations), leading)

    def _declaration(self) -> Declaration:
        match self._kind():
            case "EXPERIMENT":
                return self._experiment()
            case "IMPORT":
                return Header(" ".join(self._take() for _ in range(4)))
            case "MEASURE":
                return self._worded(" = ")
            case "EXPECT" | "BASELINE":
                return self._worded(" ")
            case "AXIS":
                return self._worded(" = ")
            case "PROFILE":
                return self._block(f"{self._take()} {self._take()}", None, "", self._setting)
            case "DEF":
                return self._definition()
            case _:
                return self._binding()

    def _experiment(self) -> Header:
        words = f"{self._take()} {self._take()}"
        if self._kind() not in {"STRING", "LONG_STRING"}:
            return Header(words)
        return Header(words, self._comments(), self._take())

    def _worded(self, joint: str) -> Row:
        """``axis path = value``, ``measure name = value on value``, ``expect name at level: value``."""
        word = self._take()
        head = f"{word} {self._path()}"
        if self._kind() == "AT":
            at, sign = self._take(), self._take() if self._kind() == "MINUS" else ""
            head += f" {at} {sign}{self._take()}"
        return self._row(word, head, joint)

    def _binding(self) -> Row:
        if self._kind() not in _ROLES:
            return self._row("binding", self._path(), " = ")
        word = _ROLES[self._kind()]
        kind = "data" if self._take() == "data" else "model"
        return self._row(kind, f"{word} {self._path()}", " = ")

    def _setting(self) -> Row:
        return self._row("setting", self._path(), " = ")

    def _definition(self) -> Block:
        head = f"{self._take()} {self._take()}"
        inputs = self._group(comma=True)
        arrow = self._take()
        outputs = []
        while self._kind() != "LBRACE":
            name = self._take()
            outputs += [name] if name != "," else []
        return self._block(head, inputs, f" {arrow} {', '.join(outputs)}", self._binding)

    def _block(
        self, head: str, inputs: Group | None, outputs: str, read: Callable[[], Row]
    ) -> Block:
        self._take()
        opened, leading = split_trailing(self._comments())
        rows, closing = self._placed("RBRACE", read, leading, comma=False)
        self._take()
        return Block(head, inputs, outputs, rows, opened, closing)

    def _path(self) -> str:
        path = self._take()
        while self._kind() == "DOT":
            path += self._take() + self._take()
        return path

    def _row(self, kind: str, head: str, joint: str) -> Row:
        mark = self._take()
        head += mark if mark == ":" else ""
        gap = self._comments()
        value = self._value()
        clauses = []
        while self._kind() in {"ON", "ALLOW"}:
            clauses.append(self._clause())
        return Row(kind, head, joint, gap, value, tuple(clauses))

    def _clause(self) -> Clause:
        comments = self._comments()
        word = self._take()
        if word == "on":
            return Clause(word, comments + self._comments(), self._value())
        rule = make_chain([self._group(comma=False)])
        return Clause(word, comments, make_value([Term(rule)]))

    # Values

    def _value(self) -> Value:
        terms = [Term(self._chain())]
        while self._kind() in _OPERATORS:
            comments = self._comments()
            operator = self._take()
            comments += self._comments()
            terms.append(Term(self._chain(), operator, comments))
        return make_value(terms)

    def _chain(self) -> Chain:
        parts: list[str | Group] = []
        if self._kind() == "MINUS":
            parts.append(self._take())
        if self._kind() in _CLOSING:
            parts.append(self._group(comma=self._kind() != "LPAR"))
        else:
            parts.append(self._take())
        if self._at < len(self._tokens) and self._tokens[self._at] == "..":
            parts += [self._take(), self._take()]
        while self._kind() in {"DOT", "LPAR", "LSQB"}:
            if self._kind() == "DOT":
                parts += [self._take(), self._take()]
            else:
                parts.append(self._group(comma=True))
        return make_chain(parts)

    def _group(self, comma: bool) -> Group:
        """A bracket with its items. ``comma``: a comma may follow the last."""
        end = _CLOSING[self._kind()]
        bracket = self._take()
        opened, leading = split_trailing(self._comments())
        items, closing = self._placed(end, self._item, leading, comma=True)
        brackets = bracket + self._take()
        return make_group(brackets, items, opened, closing, comma)

    def _item(self) -> Row:
        if self._kind(1) != "COLON":
            return Row("", "", "", (), self._value())
        label = self._take() + self._take()
        return Row("item", label, " ", self._comments(), self._value())
