"""``w2sdl results``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.options import debug_option, store_option
from w2sdl.cli.results_text import Asked, pieces, table_of
from w2sdl.location import StoreChoice
from w2sdl.wording import first_of

FORMATS = ("table", "csv", "json", "latex", "parquet")
_ENDINGS = {".csv": "csv", ".json": "json", ".tex": "latex", ".parquet": "parquet", ".txt": "table"}


@click.command("results")
@click.argument("run", default="last")
@click.argument("measures", nargs=-1, metavar="[MEASURE]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to write them; without it as the name of FILE ends, else as a table.",
)
@click.option("--rows", is_flag=True, help="The rows that the numbers are made of.")
@click.option(
    "--sql",
    metavar="QUERY",
    help="What one SELECT gives over the tables results, rows and runs of all runs.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file to write, in place of what it holds.",
)
@store_option
@debug_option
@click.pass_context
def command(
    ctx: click.Context, *, run: str, measures: tuple[str, ...], form: str | None, rows: bool,
    sql: str | None, out: Path | None, store: StoreChoice, debug: bool,
) -> None:  # fmt: skip
    """Print the numbers of RUN (an id, a word pair, or "last"), all of them or those of a MEASURE.

    As a table and in LaTeX they are averaged over repetitions, as in the report. CSV, JSON and Parquet
    also have a row for each node, with its address, key and digest.
    """
    given = ctx.get_parameter_source("run") is not click.core.ParameterSource.DEFAULT
    if sql is not None and (rows or given):
        raise click.UsageError("--sql asks all runs: give it without RUN, MEASURE and --rows")
    chosen = _format(form, out)
    with environment_failures(debug):
        asked = Asked(run, measures, rows, sql, store)
        if chosen == "parquet" and out is not None:
            from w2sdl_runtime.runs.table_files import write_parquet

            write_parquet(table_of(asked, _left_out), out)
        else:
            _write(pieces(asked, chosen, _left_out), out)
    if out is not None:
        click.echo(str(out))


def _format(form: str | None, out: Path | None) -> str:
    """The format that is asked for, by its name or by that of the file."""
    ending = _ENDINGS.get(out.suffix.lower()) if out is not None else "table"
    if form is None and ending is None:
        raise Failure(
            f"the name of {out} says no format",
            f"end it in {', '.join(_ENDINGS)}, or give --format",
        )
    if out is not None and ending and form not in (None, ending):
        fitting = " or ".join(name for name, held in _ENDINGS.items() if held == form)
        raise Failure(f"{out} would hold {form}", f"give it another ending: {fitting}")
    if form == "parquet" and out is None:
        raise Failure("Parquet is no text for a terminal", "name a file: -o results.parquet")
    return form or str(ending)


def _write(text: Iterator[str], out: Path | None) -> None:
    from w2sdl_runtime.runs.table_files import write_pieces

    if out is not None:
        write_pieces(text, out)
        return
    for piece in text:
        click.echo(piece, nl=False)


def _left_out(runs: dict[str, str]) -> None:
    """Runs that can't be read don't keep the others from being shown."""
    if runs:
        why = next(iter(runs.values()))
        click.echo(f"note: without {first_of(list(runs), 3)}, which can't be read: {why}", err=True)
