"""Annotations of plain parameters in the words that messages and ``w2sdl ops`` use."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter

from w2sdl import signature as sig


def unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type of an annotation, and its marks."""
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return base, tuple(marks)
    return hint, ()


def scalar(hint: Any) -> sig.Scalar:
    """A number, text, truth value or one of several, with its bounds.

    Raises:
        TypeError: for annotations that no spec value can have.
    """
    base, marks = unwrap(hint)
    known = base in (int, float, str, bool)
    if not known and get_origin(base) not in (Literal, Union, types.UnionType):
        raise TypeError(f"{hint} is not a type that a spec value can have")
    adapter: TypeAdapter[Any] = TypeAdapter(hint)
    if get_origin(base) is Literal:
        choices = tuple(str(arg) for arg in get_args(base))
        return sig.Scalar(" | ".join(f'"{choice}"' for choice in choices), adapter, choices)
    if get_origin(base) in (Union, types.UnionType):
        members = [scalar(member) for member in get_args(base)]
        return sig.Scalar(" or ".join(member.text for member in members), adapter)
    text = _WORDS.get(base) or base.__name__
    pieces = [piece for mark in marks for piece in getattr(mark, "metadata", [mark])]
    return sig.Scalar(f"{text} {_bounds_text(pieces)}".strip(), adapter)


_WORDS = {int: "an integer", float: "a number", str: "a string", bool: "true or false"}


def _bounds_text(pieces: list[Any]) -> str:
    found = {
        name: getattr(piece, name)
        for piece in pieces
        for name in ("ge", "gt", "le", "lt")
        if hasattr(piece, name)
    }
    if {"ge", "le"} <= set(found):
        return f"from {_bound(found['ge'])} to {_bound(found['le'])}"
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    return " and ".join(f"{signs[name]} {_bound(bound)}" for name, bound in found.items())


def _bound(bound: Any) -> str:
    """A bound in words; a large power of ten in short: 1e12."""
    digits = str(bound)
    is_power = len(digits) > 6 and digits.rstrip("0") == "1"
    return f"1e{len(digits) - 1}" if is_power else digits
