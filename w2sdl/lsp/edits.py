"""What changed between two texts, and where a message of the old one stands in the new."""

from __future__ import annotations

from dataclasses import dataclass

from w2sdl.messages.diagnostics import Diagnostic, Label
from w2sdl.source import Source, Span


@dataclass(frozen=True, slots=True)
class Edit:
    """One stretch of the old text, ``start`` to ``end``, is another in the new, longer by ``growth``."""

    start: int
    end: int
    growth: int

    @classmethod
    def between(cls, old: str, new: str) -> Edit:
        """The smallest stretch that differs."""
        shorter = min(len(old), len(new))
        start = _common(old, new, shorter)
        rest = shorter - start
        behind = _common(old[::-1], new[::-1], rest)
        return cls(start, len(old) - behind, len(new) - len(old))

    def offset(self, offset: int) -> int | None:
        """Where an offset of the old text is in the new; None inside the stretch."""
        if offset <= self.start:
            return offset
        return offset + self.growth if offset >= self.end else None


def _common(one: str, other: str, most: int) -> int:
    """How many characters two texts begin with alike, up to ``most``: by halving, in C."""
    if one[:most] == other[:most]:
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def moved(message: Diagnostic, edit: Edit, source: Source) -> Diagnostic | None:
    """A message of an old text at its place in a new one; None where the text under it has changed."""
    if message.span is None:
        return message
    span = _moved_span(message.span, edit, source)
    if span is None:
        return None
    related = [(_moved_span(label.span, edit, source), label.text) for label in message.related]
    kept = tuple(Label(place, text) for place, text in related if place is not None)
    return message.changed(span=span, related=kept)


def _moved_span(span: Span, edit: Edit, source: Source) -> Span | None:
    if span.source.name != source.name:
        return span  # in another file
    start, end = edit.offset(span.start), edit.offset(span.end)
    if start is None or end is None or end - start != span.end - span.start:
        return None
    return Span(source, start, end)
