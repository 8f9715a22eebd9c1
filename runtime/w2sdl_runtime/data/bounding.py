"""Stops a rendering before it makes something large or goes on for too long.

What one rendering has used so far is in context variables: filters and loops of a template reach no
other place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2.exceptions import SecurityError

from w2sdl_runtime.data.sandbox import Bounds

#: A number that a template may hand to a filter, a method or ``range``.
_NUMBER = 10_000
#: A field of ``str.format`` with a large width or precision, or with one that is a field itself.
_WIDE_FIELD = re.compile(r"\{[^{}]*:[^{}]*(\d{4,}|\{)")
_bounds: ContextVar[Bounds] = ContextVar("bounds", default=Bounds())  # noqa: B039 - frozen
_rounds: ContextVar[int] = ContextVar("rounds", default=0)
_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def one_rendering(bounds: Bounds) -> Iterator[None]:
    """From here on a rendering may take this much."""
    _bounds.set(bounds)
    _rounds.set(0)
    _until.set(time.monotonic() + bounds.seconds)
    try:
        yield
    finally:
        _rounds.set(0)
        _until.set(float("inf"))


def count_round() -> None:
    """One more round of a loop, call of a macro or included template.

    Raises:
        SecurityError: when there were too many, or time is up.
    """
    most = _bounds.get()
    _rounds.set(_rounds.get() + 1)
    if _rounds.get() > most.rounds:
        raise SecurityError(f"its loops go on for more than {most.rounds:,} rounds")
    if time.monotonic() > _until.get():
        raise SecurityError(f"it takes more than {most.seconds:.0f} s")


def counted(values: Iterable[Any]) -> Iterator[Any]:
    """What a loop goes through, until a template has had its rounds."""
    for value in values:
        count_round()
        yield value


def guarded(name: str, function: Any) -> Any:
    """A filter that refuses what would make something large, before it does."""

    @wraps(function)
    def guarded(*args: Any, **values: Any) -> Any:
        given = [*args, *values.values()]
        refuse_numbers(given[1:])  # the first is what the filter shows
        if name in ("replace", "join", "indent", "wordwrap"):
            sizes = [len(str(one)) for one in given if isinstance(one, str | int)]
            parts = max((len(one) for one in given if isinstance(one, Sized)), default=0)
            refuse_large((parts + 1) * max(sizes, default=0) if len(given) > 1 else 0, f"`{name}`")
        if name == "format":
            _refuse_widths(given)
        return bounded(function(*args, **values))

    return guarded


def bounded(value: Any) -> Any:
    """What was made, unless it is too large."""
    refuse_large(len(value) if isinstance(value, str | list | tuple | dict) else 0, "it")
    return value


def refuse_large(size: int, what: str) -> None:
    """Raise `SecurityError` for more than a rendering may make."""
    if size > _bounds.get().largest:
        raise SecurityError(f"{what} would make something too large")


def refuse_numbers(given: Iterable[Any]) -> None:
    """Raise `SecurityError` for arguments that ask for many of something."""
    for value in given:
        if isinstance(value, int) and abs(value) > _NUMBER:
            raise SecurityError(f"{value} is too large a number here")


def _refuse_widths(given: Iterable[Any]) -> None:
    if any(isinstance(text, str) and re.search(r"%[^a-zA-Z%]*(\d{4,}|\*)", text) for text in given):
        raise SecurityError("a format may not ask for thousands of characters")


def refuse_wide_fields(text: str) -> None:
    """Raise `SecurityError` for a text whose ``format`` would make something large: ``{:>1000000}``."""
    if _WIDE_FIELD.search(text):
        raise SecurityError("a format may not ask for thousands of characters")


def size(operator: str, left: Any, right: Any) -> int:
    """Characters, elements or digits of a result, roughly."""
    if operator == "**":
        both = isinstance(left, int) and isinstance(right, int)
        return left.bit_length() * right if both and right > 0 else 0
    if operator == "+":
        return sum(len(thing) for thing in (left, right) if isinstance(thing, Sized))
    if operator == "%":
        if isinstance(left, str):
            _refuse_widths([left])
        return 0
    for thing, times in ((left, right), (right, left)):
        if isinstance(thing, Sized) and isinstance(times, int):
            return len(thing) * times
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length()
    return 0
