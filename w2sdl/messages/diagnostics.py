"""Messages as data: a diagnostic's fields are the facts, its class holds the wording.

Subclasses live in `w2sdl.errors`, one file per stage. Only `w2sdl.messages.render` makes text for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self, dataclass_transform

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


_SHARED = ("span", "related", "near")
_REQUIRED = object()


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Fields:
    """A class of annotated fields, as a dataclass is, without the time it takes to make one.

    Dataclasses compile four methods for each class, and there are a hundred messages: that was a
    tenth of `w2sdl check`.
    """

    _fields: ClassVar[dict[str, Any]] = {}  #: field -> default

    def __init_subclass__(cls) -> None:
        own = [name for name, kind in cls.__annotations__.items() if "ClassVar" not in kind]
        cls._fields = cls._fields | {name: cls.__dict__.get(name, _REQUIRED) for name in own}

    def __init__(self, **given: Any) -> None:
        values = self._fields | given
        missing = [name for name, value in values.items() if value is _REQUIRED]
        if missing or len(values) > len(self._fields):
            wrong = missing or sorted(given.keys() - self._fields.keys())
            raise TypeError(f"{type(self).__name__}: missing or unknown: {', '.join(wrong)}")
        self.__dict__.update(values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *map(str, vars(self).values())))

    def changed(self, **facts: Any) -> Self:
        """The same with other values of some fields."""
        made = copy(self)
        made.__dict__.update(facts)
        return made


class Diagnostic(_Fields):
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

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title()!r})"

    def facts(self) -> dict[str, Any]:
        """The fields of this message, for its templates and for JSON."""
        return {name: self.__dict__[name] for name in self._fields if name not in _SHARED}

    def title(self) -> str:
        """The message in one line, which stands alone."""
        return self.message.format(**_in_short(self.facts()))

    def label_text(self) -> str:
        return self.label.format(**_in_short(self.facts()))

    def with_level(self, level: Level) -> Self:
        """This message at another level, as the command line may ask for."""
        return self.changed(level=level)  # shadows the level of its class

    def with_related(self, labels: Iterable[Label]) -> Self:
        """This message with further places that belong to it."""
        return self.changed(related=(*self.related, *labels))

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
            diagnostic = diagnostic.with_related(self._around)
        place = (span.source.name, span.start, span.end) if span else ()
        self._found.setdefault((diagnostic.code, place, diagnostic.title()), diagnostic)

    def extend(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def told_of(self, span: Span) -> bool:
        """Whether a message is about this very place, or a part of it: what follows needs no other."""
        return any(
            place and place[0] == span.source.name and place[1] < span.end and span.start < place[2]
            for _, place, _ in self._found
        )

    def all(self) -> tuple[Diagnostic, ...]:
        """In source order."""
        return tuple(sorted(self._found.values(), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    span = diagnostic.span
    return (span.source.name, span.start, diagnostic.code) if span else ("", -1, diagnostic.code)


def has_errors(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether any of them stops a compilation."""
    return any(diagnostic.level is Level.ERROR for diagnostic in diagnostics)
