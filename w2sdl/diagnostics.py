"""Messages as data: a diagnostic's fields are the facts, its class holds the wording.

Subclasses live in `w2sdl.errors`, one file per stage. Only `w2sdl.render` makes text for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from w2sdl.source import Span

MOST_IN_TITLES = 200  #: characters of one fact in a title or label
MOST_IN_NOTES = 1_000


class Level(StrEnum):
    """How bad it is. Errors stop a compilation; warnings and notes don't."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a message."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """Base of all messages. ``message``, ``label``, ``note`` and ``help`` are templates over the fields.

    ``near`` are names close to a misspelled one, nearest first: they become the help. ``lint`` is the
    name under which a message can be allowed, warned of or denied; a ``pedantic`` one is asked for.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    label: ClassVar[str] = ""
    note: ClassVar[str] = ""
    help: ClassVar[str] = ""
    level: ClassVar[Level] = Level.ERROR
    lint: ClassVar[str] = ""
    pedantic: ClassVar[bool] = False

    span: Span | None
    related: tuple[Label, ...] = ()
    near: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The fields of this message, for its templates and for JSON."""
        shared = {"span", "related", "near"}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in shared}

    def title(self) -> str:
        """The message in one line, which stands alone."""
        return self.message.format(**_in_short(self.facts()))

    def label_text(self) -> str:
        return self.label.format(**_in_short(self.facts()))

    def with_level(self, level: Level) -> Self:
        """This message at another level, as the command line may ask for."""
        leveled = copy(self)
        object.__setattr__(leveled, "level", level)  # shadows the level of its class
        return leveled

    def notes(self) -> Iterator[tuple[str, str]]:
        """("note" | "help", text) pairs; a text that its facts leave empty is left out."""
        facts = _in_short(self.facts(), MOST_IN_NOTES)
        note, help = self.note.format(**facts), self.help.format(**facts)
        if note:
            yield "note", note
        if self.near:
            yield "help", _suggestion(self.near)
        if help:
            yield "help", help


def _in_short(facts: dict[str, Any], most: int = MOST_IN_TITLES) -> dict[str, Any]:
    """Facts to be read: a name or number of thousands of characters is cut."""
    return {
        name: f"{fact[:most]}…" if isinstance(fact, str) and len(fact) > most else fact
        for name, fact in facts.items()
    }


def _suggestion(near: tuple[str, ...]) -> str:
    if len(near) == 1:
        return f"did you mean `{near[0]}`?"
    *rest, last = (f"`{name}`" for name in near)
    return f"near names are {', '.join(rest)} and {last}"


class Collector:
    """Gathers diagnostics; the same message at the same place is kept once, not per seed and arm."""

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Diagnostic] = {}
        self._around: tuple[Label, ...] = ()
        self.told = 0  #: messages that were added, repeated ones too

    @contextmanager
    def inside(self, span: Span | None, text: str) -> Iterator[None]:
        """What is found meanwhile gets this place as well (the call of a sub-graph), or none."""
        before = self._around
        self._around = (Label(span, text),) if span is not None else ()
        try:
            yield
        finally:
            self._around = before

    def add(self, diagnostic: Diagnostic) -> None:
        self.told += 1
        span = diagnostic.span
        if self._around:
            diagnostic = replace(diagnostic, related=(*diagnostic.related, *self._around))
        place = (span.source.name, span.start, span.end) if span else ()
        self._found.setdefault((diagnostic.code, place, diagnostic.title()), diagnostic)

    def extend(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def all(self) -> tuple[Diagnostic, ...]:
        """In source order."""
        return tuple(sorted(self._found.values(), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    span = diagnostic.span
    return (span.source.name, span.start, diagnostic.code) if span else ("", -1, diagnostic.code)


def has_errors(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether any of them stops a compilation."""
    return any(diagnostic.level is Level.ERROR for diagnostic in diagnostics)
