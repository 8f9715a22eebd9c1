"""A spec as pieces to lay out: what the layout has to know, and nothing of what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from w2sdl.format.comments import Comment, Leading, Trailing

P = TypeVar("P", covariant=True)


@dataclass(frozen=True, slots=True)
class Placed(Generic[P]):
    """A piece with the comments that belong to it.

    Attributes:
        leading: on lines of their own before it.
        trailing: behind it on its line, and what continues that below.
        blank: a blank line stands right before it, after the leading comments.
    """

    piece: P
    leading: Leading = ()
    trailing: Trailing = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A bracket and what is in it.

    Attributes:
        opened: comments on the line of the opening bracket.
        closing: comments on lines of their own before the closing bracket.
        comma: a comma may follow the last item.
        flat: the text on one line, if it may stand on one.
    """

    brackets: str
    items: tuple[Placed[Row], ...]
    opened: Trailing
    closing: Leading
    comma: bool
    flat: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """An operand: names, literals, dots and brackets, with no space between them."""

    parts: tuple[str | Group, ...]
    flat: str | None


@dataclass(frozen=True, slots=True)
class Term:
    """An operand with the operator before it, and the comments around that; the first has none."""

    chain: Chain
    operator: str = ""
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """An expression: operands with operators between them."""

    terms: tuple[Term, ...]
    flat: str | None


@dataclass(frozen=True, slots=True)
class Clause:
    """What may follow the value of a declaration: ``on x.test``, ``allow(rule, "reason")``."""

    word: str
    comments: tuple[Comment, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Row:
    """A value with what stands before it: a declaration, a setting, or an item in brackets.

    Attributes:
        kind: rows of one kind are aligned with each other; "" never is.
        head: ``axis seed``, ``label:``, or nothing.
        joint: what joins head and value.
        gap: comments between the two.
    """

    kind: str
    head: str
    joint: str
    gap: tuple[Comment, ...]
    value: Value
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """``experiment name`` with its description, or an import (all words)."""

    words: str
    gap: tuple[Comment, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A profile or a def: a head, and rows in braces."""

    head: str
    inputs: Group | None  #: of a def
    outputs: str  #: of a def: " -> y, next"
    rows: tuple[Placed[Row], ...]
    opened: Trailing
    closing: Leading


Declaration = Row | Header | Block


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: declarations, and the comments after the last."""

    declarations: tuple[Placed[Declaration], ...]
    closing: Leading


# A text with a line break in it (a long string) may stand on one line with what is before it, if
# nothing follows but closing brackets.


def _joined(texts: Sequence[str | None], between: str = "") -> str | None:
    if any(text is None or "\n" in text for text in texts[:-1]):
        return None
    if texts and texts[-1] is None:
        return None
    return between.join(text or "" for text in texts)


def make_chain(parts: Sequence[str | Group]) -> Chain:
    """A chain with its flat text."""
    texts = [part if isinstance(part, str) else part.flat for part in parts]
    return Chain(tuple(parts), _joined(texts))


def make_value(terms: Sequence[Term]) -> Value:
    """A value with its flat text. The first term's operator is left out."""
    texts = [terms[0].chain.flat]
    for term in terms[1:]:
        texts += [None if term.comments else term.operator, term.chain.flat]
    return Value((Term(terms[0].chain), *terms[1:]), _joined(texts, " "))


def make_group(
    brackets: str, items: tuple[Placed[Row], ...], opened: Trailing, closing: Leading, comma: bool
) -> Group:
    """A bracket with its flat text, if no comment keeps it from having one."""
    flat = None if opened or closing else _joined([_flat_item(item) for item in items], ", ")
    text = None if flat is None else brackets[0] + flat + brackets[1]
    return Group(brackets, items, opened, closing, comma, text)


def _flat_item(item: Placed[Row]) -> str | None:
    row = item.piece
    if item.leading or item.trailing or row.gap or row.value.flat is None:
        return None
    return row.head + row.joint + row.value.flat
