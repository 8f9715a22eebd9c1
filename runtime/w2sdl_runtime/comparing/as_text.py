"""Compared results for a terminal: a table a measure, with a forest plot beside it where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from unicodedata import east_asian_width

from w2sdl.draw.visible import plain
from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.columns import Column, columns_of
from w2sdl_runtime.comparing.flip_words import ToldFlips, flips_statement, told_flips
from w2sdl_runtime.comparing.forest import forest
from w2sdl_runtime.comparing.several import ComparedResults, Row

_BAR, _LEAST = 41, 17  #: characters of the widest and the narrowest forest plot
_GAP = 2
#: Columns that a narrow terminal goes without, first to last.
_OPTIONAL = ("size", "p", "flips", "verdict", "Holm")
_COLOURS = {
    "better": "32",
    "worse": "31",
    "higher": "1",
    "lower": "1",
    "undecided": "33",
    "undefined": "33",
    "same": "2",
}


def as_text(
    found: ComparedResults,
    width: int = 100,
    color: bool = False,
    flips: int = 0,
    headed: bool = True,
) -> str:
    """The whole comparison.

    Args:
        found: what to print.
        width: of the terminal, in characters.
        color: whether verdicts are coloured.
        flips: how many rows of each comparison are shown with their text.
        headed: whether it says what is compared and how the designs differ.
    """
    lines = [*_sides(found)] if headed else [text for o in found.against for text in o.missing]
    for rows in figures.by_measure(found):
        lines += ["", figures.title(rows), *_table(rows, width, color)]
    lines += [*_remarks(found), ""]
    for text in (flips_statement(found), figures.statement(found)):
        lines += wrap(plain(text), width)
    for told in told_flips(found, flips):
        lines += _flips(told, width)
    return "\n".join(lines) + "\n"


def _sides(found: ComparedResults) -> Iterator[str]:
    wide = max(len(other.label) for other in found.against)
    yield f"{'a':<{wide}}  {plain(found.reference)}"
    for other in found.against:
        if other.b != other.label:
            yield f"{plain(other.label):<{wide}}  {plain(other.b)}"
    for other in found.against:
        of = f"{plain(other.label)}: " if len(found.against) > 1 else ""
        yield from (f"\n{of}{plain(text)}" for text in (other.verdict, *other.missing) if text)


def _table(rows: Sequence[Row], width: int, color: bool) -> Iterator[str]:
    columns = columns_of(rows)
    for name in _OPTIONAL:
        if sum(map(_width, columns)) + _GAP * len(columns) > width:
            columns = [column for column in columns if column.name != name]
    room = width - 2 * _GAP - sum(map(_width, columns)) - _GAP * len(columns)
    ones = [row.difference for row in rows]
    bars = forest(ones, min(room, _BAR)) if room >= _LEAST else [""] * len(ones)
    yield _line(columns, [column.title for column in columns], "")
    for place, (bar, one) in enumerate(zip(bars, ones, strict=True)):
        line = _line(columns, [column.cells[place] for column in columns], bar)
        yield f"\x1b[{_COLOURS[one.verdict]}m{line}\x1b[0m" if color else line


def _line(columns: Sequence[Column], cells: Sequence[str], bar: str) -> str:
    padded = (
        plain(cell) + " " * (_width(column) - _wide(plain(cell)))
        for column, cell in zip(columns, cells, strict=True)
    )
    return f"{' ' * _GAP}{(' ' * _GAP).join([*padded, bar])}".rstrip()


def _width(column: Column) -> int:
    return max(_wide(plain(cell)) for cell in (column.title, *column.cells))


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _remarks(found: ComparedResults) -> Iterator[str]:
    """What is undecided and what would decide it, what could not be paired, what stands alone."""
    open_rows = [
        row for row in found.rows if row.difference.verdict == "undecided" and row.difference.needed
    ]
    if open_rows:
        yield "\nundecided; to show a difference as large as the one seen, with 80 % power:"
        yield from (
            f"  {plain(figures.row_name(row))}: {row.difference.needed}" for row in open_rows
        )
    told = figures.cautions_of(found)
    if told:
        yield "\nnotes:"
        yield from (f"  {plain(who)}: {plain(text)}" for text, who in told.items())
    unmet = [(other.label, one) for other in found.against for one in other.unmet]
    if unmet:
        yield "\nnot compared:"
        many = len(found.against) > 1
        yield from (
            f"  {f'{who}: ' * many}{plain(one.what)}: {plain(one.why)}" for who, one in unmet
        )


def _flips(told: ToldFlips, width: int) -> Iterator[str]:
    yield f"\nflips of {plain(told.title)}"
    for flip in told.flips:
        yield f"  {plain(flip.words)}  [{plain(flip.item_id)}]"
        yield f"    {plain(' '.join(flip.text.split()), max(40, width - 4))}"
