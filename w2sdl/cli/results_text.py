"""What `w2sdl results` prints: tables for people, and the same as data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl.cli.past import opened_run, store_location
from w2sdl.location import StoreChoice
from w2sdl.wording import how_many

if TYPE_CHECKING:
    import pyarrow as pa

    from w2sdl_runtime.runs.results import Run
    from w2sdl_runtime.runs.sheets import Sheet

#: Rows of a table that a terminal shows.
_SHOWN = 50
LeftOut = Callable[[dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be printed: measures of a run, the rows that they are made of, or a query."""

    run: str
    measures: tuple[str, ...]
    rows: bool
    sql: str | None
    store: StoreChoice

    def command(self, run: str) -> str:
        """The command that prints it again, in the same store."""
        from w2sdl_runtime.report.commands import quoted

        words = ["w2sdl", "results"]
        words += ["--sql", self.sql] if self.sql is not None else [run, *self.measures]
        return " ".join(map(quoted, [*words, *(["--rows"] if self.rows else [])]))

    @property
    def is_data(self) -> bool:
        """Whether it is a table of any form, rather than the figures of a run."""
        return self.rows or self.sql is not None


def pieces(asked: Asked, form: str, left_out: LeftOut) -> Iterator[str]:
    """The text to print, piece by piece."""
    from w2sdl_runtime.runs import table_files

    if form == "csv":
        yield from table_files.csv_pieces(table_of(asked, left_out))
    elif form == "json":
        yield from table_files.json_pieces(table_of(asked, left_out))
    elif asked.is_data:
        yield from _of_table(table_of(asked, left_out), asked, form)
    else:
        yield from _of_run(_run(asked), asked, form)


def table_of(asked: Asked, left_out: LeftOut) -> pa.Table:
    """The numbers, the rows, or what the query gives, as an Arrow table."""
    if asked.sql is not None:
        from w2sdl_runtime.runs.every_run import Runs
        from w2sdl_runtime.storage.opening import open_store

        runs = Runs(open_store(store_location(asked.store)))
        found = runs.query(asked.sql)
        left_out(runs.unreadable)
        return found
    run = _run(asked)
    table = run.result_rows() if asked.rows else run.results()
    return _only(table, run, asked.measures)


def _run(asked: Asked) -> Run:
    from w2sdl_runtime.runs.results import Run

    return Run(*opened_run(asked.run, asked.store))


def _only(table: pa.Table, run: Run, measures: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not measures:
        return table
    names = pa.array([run.measure(name).name for name in measures])
    return table.filter(pc.is_in(table["measure"].cast("string"), names))


def _of_run(run: Run, asked: Asked, form: str) -> Iterator[str]:
    from w2sdl_runtime.runs.sheets import sheet_of

    chosen = [run.measure(name) for name in asked.measures] or run.graph.measures
    if not chosen:
        yield f"{run.id} measures nothing\n" if form == "table" else ""
        return
    if form == "latex":
        yield _head(run.id, asked)
    for place, measure in enumerate(chosen):
        yield "\n" if place or form == "latex" else ""
        table = run.figures_of(measure)
        yield from _sheet_text(sheet_of(measure, table, run.deltas_of(measure, table)), run, form)


def _sheet_text(sheet: Sheet, run: Run, form: str) -> Iterator[str]:
    if form == "latex":
        from w2sdl_runtime.runs.latex import latex_sheet

        yield f"{latex_sheet(sheet, run.graph.experiment)}\n"
        return
    from w2sdl_runtime.runs.sheets import described

    yield f"{sheet.name}: {described(sheet)}\n"
    cells = [
        [*keys, *(" ".join(filter(None, [c.text, c.interval, c.mark, c.delta])) for c in row)]
        for keys, row in sheet.rows
    ]
    yield _drawn([*sheet.axes, *sheet.heads], cells, len(sheet.axes))
    yield from (f"  {note}\n" for note in sheet.notes)


def _of_table(table: pa.Table, asked: Asked, form: str) -> Iterator[str]:
    if form == "latex":
        from w2sdl_runtime.runs.latex import latex_table

        run = asked.run if asked.sql is not None else _run(asked).id
        yield f"{_head(run, asked)}{latex_table(table)}\n"
        return
    cells = [[_text(value) for value in row.values()] for row in table.slice(0, _SHOWN).to_pylist()]
    yield _drawn(table.column_names, cells, 0)
    if table.num_rows > _SHOWN:
        more = table.num_rows - _SHOWN
        yield f"and {how_many(more, 'more row')} of {table.num_rows:,}: --format csv writes all\n"
    elif not table.num_rows:
        yield "no rows\n"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def _head(run: str, asked: Asked) -> str:
    from w2sdl_runtime.runs.latex import NEEDS, comments

    of = "" if asked.sql is not None else f"of run {run}; "
    made = comments([f"{of}made by: {asked.command(run)} --format latex"])
    return "\n".join([*made, NEEDS, ""])


def _drawn(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A table as wide as the terminal; piped, as wide as it is."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from w2sdl.draw.visible import plain

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, head in enumerate(heads):
        table.add_column(Text(plain(head)), justify="left" if place < left or not left else "right")
    for row in rows:
        table.add_row(*(Text(" ".join(plain(cell).split())) for cell in row))
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else 10_000, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
