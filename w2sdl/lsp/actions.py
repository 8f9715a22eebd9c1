"""Mends for messages: a misspelled name replaced by one that is near."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.source import Source, Span


@dataclass(frozen=True, slots=True)
class Mend:
    """A text to put in the place of another. ``preferred`` is the nearest name."""

    title: str
    span: Span
    text: str
    diagnostic: Diagnostic
    preferred: bool


def mends(source: Source, messages: Iterable[Diagnostic], start: int, end: int) -> Iterator[Mend]:
    """What can be done about the messages that touch a stretch of a text."""
    for message in messages:
        span = message.span
        if span is None or span.source is not source or span.end < start or span.start > end:
            continue
        for number, near in enumerate(message.near):
            wrong = _wrong_name(message, span)
            text = _like(near, wrong.text)
            yield Mend(f"replace with `{near}`", wrong, text, message, number == 0)


def _wrong_name(message: Diagnostic, span: Span) -> Span:
    """The misspelled name, where a message marks more than it."""
    for fact in ("name", "point", "input"):
        wrong = message.facts().get(fact)
        if isinstance(wrong, str) and wrong and span.text.count(wrong) == 1:
            start = span.start + span.text.index(wrong)
            return Span(span.source, start, start + len(wrong))
    return span


def _like(near: str, old: str) -> str:
    """A string stays one."""
    if old.startswith('"') and not near.startswith('"'):
        return json.dumps(near, ensure_ascii=False)
    return near
