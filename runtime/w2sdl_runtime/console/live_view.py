"""The live lines at the bottom of a terminal: a bar a running node, and one for the run."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from w2sdl.durations import format_seconds
from w2sdl_runtime.console.progress import Board, progress_text

MAX_LINES = 12  #: however many nodes run, and however high the terminal
_BAR = 20
_NARROW = 60  #: columns; below that there is no room for bars


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a name, how far it is (of how much), and the rest in words."""

    name: str
    done: float
    total: float
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What the live lines say at one moment."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    whole: Row


def take_view(board: Board, name: str, since: float, now: float, lines: int, meters: str) -> View:
    """A picture of the board, at most ``lines`` high."""
    notes = [text for text in (_waiting_text(board), meters) if text]
    room = max(0, min(lines, MAX_LINES) - len(notes) - 1)
    running = board.longest_running()
    shown = running if len(running) <= room else running[: max(0, room - 1)]
    rows = [Row(b.address, b.done, b.total, progress_text(b, now)) for b in shown]
    if room and len(shown) < len(running):
        rows.append(Row(f"and {len(running) - len(shown)} more", 0, 0, ""))
    return View(tuple(rows), tuple(notes[: max(0, lines - 1)]), _whole(board, name, since, now))


def _whole(board: Board, name: str, since: float, now: float) -> Row:
    left = board.left(now)
    known = left is not None and 0 < board.done < board.total
    rest = f", about {format_seconds(left or 0)} left" if known else ""
    text = f"{board.done}/{board.total} nodes {format_seconds(now - since)}{rest}"
    return Row(name, board.done, board.total, text)


def _waiting_text(board: Board) -> str:
    if not board.waiting:
        return ""
    (address, owner), *more = board.waiting.values()
    rest = f" and {len(more)} more" if more else ""
    return f"waiting for {owner}: {address}{rest}"


def draw(view: View, width: int) -> RenderableType:
    """The view as lines no wider than the terminal."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(12, width * 2 // 5))
    if width >= _NARROW:
        table.add_column(width=_BAR)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for row, style in [*((row, "") for row in view.rows), (view.whole, "bold")]:
        bar = ProgressBar(row.total, row.done, _BAR) if row.total else Text("")
        cells = [Text(row.name, style=style), bar, Text(row.text, style="dim")]
        table.add_row(*(cells if width >= _NARROW else cells[::2]))
    notes = [Text(note, style="dim", no_wrap=True, overflow="ellipsis") for note in view.notes]
    return Group(table, *notes)
