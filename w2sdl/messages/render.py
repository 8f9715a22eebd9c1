"""Diagnostics to text for people: a source excerpt with marks under it. Knows no particular message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from w2sdl.messages.columns import visible
from w2sdl.messages.diagnostics import Diagnostic, Label, Level
from w2sdl.messages.excerpt import Excerpt, Row, excerpts, place

WIDTH = 140
MORE_PLACES = 4  #: at which the same message is shown, beside the first

_COLORS = {Level.ERROR: "31", Level.WARNING: "33", Level.NOTE: "36"}


def render_diagnostics(
    diagnostics: Iterable[Diagnostic], color: bool = False, width: int = WIDTH
) -> str:
    """All diagnostics, a blank line between two. Source lines longer than ``width`` are cut.

    The same message at several places (a name that is defined nowhere, say) is one with several labels.
    """
    return "\n".join(render_diagnostic(each, color, width) for each in _gathered(diagnostics))


def _gathered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    groups: dict[object, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        said = (diagnostic.code, diagnostic.level, diagnostic.title(), tuple(diagnostic.notes()))
        groups.setdefault(said, []).append(diagnostic)
    return [_with_places(*group) for group in groups.values()]


def _with_places(first: Diagnostic, *others: Diagnostic) -> Diagnostic:
    spans = [other.span for other in others if other.span is not None]
    if not spans:
        return first
    labels = [Label(span, "also here") for span in spans[:MORE_PLACES]]
    if len(spans) > MORE_PLACES:
        left = len(spans) - MORE_PLACES
        labels[-1] = Label(
            labels[-1].span, f"also here, and in {left} more place{'s' * (left > 1)}"
        )
    return first.with_related(labels)


def render_diagnostic(diagnostic: Diagnostic, color: bool = False, width: int = WIDTH) -> str:
    """One diagnostic, with place, excerpt, labels, notes and help.

    In colour every line begins with a rule in the colour of its level: what is copied from a terminal
    then shows which lines belong to the message.
    """
    paint = _Paint(diagnostic.level, color)
    lines = list(_lines(diagnostic, paint, width))
    return "".join(f"{paint.rule()}{line}".rstrip() + "\n" for line in lines)


def _lines(diagnostic: Diagnostic, paint: _Paint, width: int) -> Iterator[str]:
    head = paint.level(f"{diagnostic.level}[{diagnostic.code}]")
    yield f"{head}: {paint.bold(visible(diagnostic.title()))}"
    groups = list(_by_source(diagnostic))
    drawn = [excerpts(group, width) for group in groups]
    digits = max((len(str(e.number or "")) for group in drawn for e in group), default=1) or 1
    gutter = " " * digits + " " + paint.blue("|")
    for number, (group, found) in enumerate(zip(groups, drawn, strict=True)):
        arrow = paint.blue("-->" if number == 0 else ":::")
        yield f"{' ' * digits}{arrow} {place(group[0][0].span)}"
        yield gutter
        yield from _marked_lines(found, digits, paint)
    for kind, text in diagnostic.notes():
        bar = f"{' ' * digits} {paint.blue('=')} {paint.bold(kind)}: "
        for line in text.split("\n"):
            yield bar + visible(line)
            bar = " " * (digits + len(kind) + 5)


def _by_source(diagnostic: Diagnostic) -> Iterator[list[tuple[Label, bool]]]:
    """The labels of a message by the file they are in, that of the primary label first."""
    if diagnostic.span is None:
        return
    labels = [(Label(diagnostic.span, diagnostic.label_text()), True)]
    labels += [(label, False) for label in diagnostic.related]
    sources = {id(label.span.source): None for label, _ in labels}
    for source in sources:
        yield [(label, primary) for label, primary in labels if id(label.span.source) == source]


def _marked_lines(found: list[Excerpt], digits: int, paint: _Paint) -> Iterator[str]:
    gutter = " " * digits + " " + paint.blue("|")
    before = 0
    for excerpt in found:
        if before and excerpt.number > before + 1:
            yield paint.blue("...")
        before = excerpt.number
        shown = excerpt.number or ""
        yield f"{paint.blue(f'{shown:>{digits}} |')} {excerpt.line}"
        yield from (f"{gutter} {paint.row(row)}" for row in excerpt.rows)


class _Paint:
    """ANSI colours, or none."""

    def __init__(self, level: Level, color: bool) -> None:
        self._level = _COLORS[level]
        self._color = color

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text

    def rule(self) -> str:
        return self._wrap(self._level, "│") + " " if self._color else ""

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def blue(self, text: str) -> str:
        return self._wrap("34", text)

    def level(self, text: str) -> str:
        return self._wrap(f"1;{self._level}", text)

    def row(self, row: Row) -> str:
        codes = {"primary": self._level, "secondary": "34"}
        return "".join(
            self._wrap(codes[cell.style], cell.text) if cell.style else cell.text for cell in row
        )
