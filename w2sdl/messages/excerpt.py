"""Lines of a source with marks under them: where a message points, drawn for a text of fixed width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from w2sdl.messages.columns import Shown, show_line, visible
from w2sdl.messages.diagnostics import Label
from w2sdl.source import Source, Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of columns to underline. ``runs_on``: what it marks goes on in the next line."""

    start: int
    end: int
    text: str
    primary: bool
    runs_on: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a drawn row; ``style`` is "" or whose mark it belongs to."""

    text: str
    style: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of a source and the rows of marks under it. ``number`` is 0 on the command line."""

    number: int
    line: str
    rows: tuple[Row, ...]


def place(span: Span) -> str:
    """``file:line:column``, or that it stands on the command line."""
    if span.source.from_command_line:
        return "command line"
    number, column = span.source.position(span.start)
    return f"{visible(span.source.name)}:{number}:{column}"


def excerpts(labels: Sequence[tuple[Label, bool]], width: int) -> list[Excerpt]:
    """The marked lines of one source, in order. Labels come with whether they are the primary one."""
    by_line: dict[int, list[tuple[Label, bool]]] = {}
    for label, primary in labels:
        number, _ = label.span.source.position(label.span.start)
        by_line.setdefault(number, []).append((label, primary))
    return [_excerpt(number, by_line[number], width) for number in sorted(by_line)]


def _excerpt(number: int, labels: Sequence[tuple[Label, bool]], width: int) -> Excerpt:
    source = labels[0][0].span.source
    text, before = _line(source, number)
    places = [_place_in_line(label.span, text, before) for label, _ in labels]
    focus = next((p for p, (_, primary) in zip(places, labels, strict=True) if primary), places[0])
    shown, first, last = _window(text, focus, width)
    marks = []
    for (start, end, runs_on), (label, primary) in zip(places, labels, strict=True):
        at = shown.columns[min(max(start, first), last) - first]
        to = shown.columns[min(max(end, first), last) - first]
        marks.append(Mark(at, max(to, at + 1), visible(label.text), primary, runs_on))
    line, marks = _with_ellipses(shown.text, marks, first > 0, last < len(text))
    shown_number = 0 if source.from_command_line else number
    return Excerpt(shown_number, line, tuple(_rows(marks)))


def _line(source: Source, number: int) -> tuple[str, int]:
    """A line as text, and how many characters of it stand before the source itself."""
    if source.from_command_line and source.name.endswith(source.text) and "\n" not in source.text:
        return source.name, len(source.name) - len(source.text)
    return source.line(number), 0


def _place_in_line(span: Span, text: str, before: int) -> tuple[int, int, bool]:
    """(start, end, whether it goes on in the next line) of a span, as characters of its first line."""
    _, column = span.source.position(span.start)
    start = min(before + column - 1, len(text))
    end = start + max(1, span.end - span.start)
    if end > len(text) + 1:
        return start, max(start + 1, len(text.rstrip())), bool(span.text.strip("\r\n"))
    return start, min(end, max(len(text), start + 1)), False


def _window(text: str, focus: tuple[int, int, bool], width: int) -> tuple[Shown, int, int]:
    """The part of a line that is shown, and which of its characters that is."""
    first, last = 0, _fitting(text, 0, width)
    if min(focus[1], len(text)) > last:  # the mark would be cut off: show what is around it
        first = focus[0] - _fitting(text[: focus[0]][::-1], 0, width // 3)
        last = _fitting(text, first, width)
    return show_line(text[first:last]), first, last


def _fitting(text: str, first: int, width: int) -> int:
    """How far a line goes that begins at ``first`` and has at most ``width`` columns."""
    columns = show_line(text[first : first + width]).columns
    return first + max(min(1, len(columns) - 1), sum(column <= width for column in columns[1:]))


def _with_ellipses(
    line: str, marks: list[Mark], cut_before: bool, cut_after: bool
) -> tuple[str, list[Mark]]:
    shift = 1 if cut_before else 0
    moved = [Mark(m.start + shift, m.end + shift, m.text, m.primary, m.runs_on) for m in marks]
    return ("…" if cut_before else "") + line + ("…" if cut_after else ""), moved


def _rows(marks: Iterable[Mark]) -> list[Row]:
    """Underlines, then the texts that don't fit beside them, each hanging from its mark."""
    ordered = sorted(marks, key=lambda m: (m.start, m.end))
    texts = [mark for mark in ordered if mark.text]
    last = ordered[-1]
    inline = last if last.text and all(m.end <= last.end for m in ordered) else None
    rows = [_underlines(ordered, inline)]
    hanging = [mark for mark in reversed(texts) if mark is not inline]
    if hanging:
        rows.append(_hang(hanging, None))
    rows += [_hang([m for m in hanging if m.start < mark.start], mark) for mark in hanging]
    return rows


def _underlines(marks: Sequence[Mark], inline: Mark | None) -> Row:
    drawn: dict[int, tuple[str, str]] = {}
    for mark in sorted(marks, key=lambda m: m.primary):  # the primary one lies on top
        style, sign = ("primary", "^") if mark.primary else ("secondary", "-")
        drawn |= dict.fromkeys(range(mark.start, mark.end), (sign, style))
        if mark.runs_on:
            drawn[mark.end] = ("…", style)
    cells: list[Cell] = []
    for column in range(max(drawn) + 1):
        sign, style = drawn.get(column, (" ", ""))
        if cells and cells[-1].style == style:
            cells[-1] = Cell(cells[-1].text + sign, style)
        else:
            cells.append(Cell(sign, style))
    if inline is not None:
        cells += [Cell(" "), Cell(inline.text, _style(inline))]
    return tuple(cells)


def _hang(lines: Sequence[Mark], text: Mark | None) -> Row:
    """A row of ``|`` under marks, and at its right end the text of one."""
    cells: list[Cell] = []
    at = 0
    columns = {mark.start: mark for mark in reversed(lines)}
    for column, mark in sorted(columns.items()):
        cells += [Cell(" " * (column - at)), Cell("|", _style(mark))]
        at = column + 1
    if text is not None:
        cells += [Cell(" " * (text.start - at)), Cell(text.text, _style(text))]
    return tuple(cell for cell in cells if cell.text)


def _style(mark: Mark) -> str:
    return "primary" if mark.primary else "secondary"
