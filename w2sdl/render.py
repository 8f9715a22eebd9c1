"""Diagnostics to text for people: a source excerpt with marks under it. Knows no particular message."""

from __future__ import annotations

from collections.abc import Iterable

from w2sdl.diagnostics import Diagnostic, Label, Level
from w2sdl.source import Span, display_width

_TAB = "    "


def render_diagnostics(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """All diagnostics, a blank line between two."""
    return "\n".join(render_diagnostic(diagnostic, color) for diagnostic in diagnostics)


def render_diagnostic(diagnostic: Diagnostic, color: bool = False) -> str:
    """One diagnostic, with place, excerpt, label, notes and help."""
    paint = _Paint(color)
    head = paint.level(diagnostic.level, f"{diagnostic.level}[{diagnostic.code}]")
    lines = [f"{head}: {paint.bold(diagnostic.title())}"]
    width = 1
    if diagnostic.span is not None:
        labels = [Label(diagnostic.span, diagnostic.label_text()), *diagnostic.related]
        width = max(len(str(label.span.source.position(label.span.start)[0])) for label in labels)
        for number, label in enumerate(labels):
            lines += _excerpt(label, width, paint, "-->" if number == 0 else ":::", number == 0)
    bar = " " * width + " " + paint.blue("=")
    lines += [f"{bar} {paint.bold(kind)}: {text}" for kind, text in diagnostic.notes()]
    return "\n".join(lines) + "\n"


def _excerpt(label: Label, width: int, paint: _Paint, arrow: str, primary: bool) -> list[str]:
    span = label.span
    number, column = span.source.position(span.start)
    text = span.source.line(number)
    length = _length_on_line(span, len(text) - column + 1)
    before = display_width(text[: column - 1].replace("\t", _TAB))
    marked = display_width(text[column - 1 : column - 1 + length].replace("\t", _TAB))
    marks = paint.mark(("^" if primary else "-") * max(marked, 1), primary)
    gutter = " " * width + " " + paint.blue("|")
    shown, before = _clip(text.replace("\t", _TAB), before)
    return [
        f"{' ' * width}{paint.blue(arrow)} {span.source.name}:{number}:{column}",
        gutter,
        f"{paint.blue(f'{number:>{width}} |')} {shown}",
        f"{gutter} {' ' * before}{marks} {paint.mark(label.text, primary)}".rstrip(),
    ]


def _clip(text: str, before: int, limit: int = 160) -> tuple[str, int]:
    """Keep an excerpt of a very long line readable: cut around the marked place."""
    if len(text) <= limit:
        return text, before
    start = max(0, before - limit // 2)
    return ("…" if start else "") + text[start : start + limit] + "…", before - start + bool(start)


def _length_on_line(span: Span, rest_of_line: int) -> int:
    return max(1, min(span.end - span.start, rest_of_line))


class _Paint:
    """ANSI colours, or none."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def blue(self, text: str) -> str:
        return self._wrap("34", text)

    def level(self, level: Level, text: str) -> str:
        return self._wrap("1;31" if level is Level.ERROR else "1;33", text)

    def mark(self, text: str, primary: bool) -> str:
        return self._wrap("31" if primary else "34", text)
