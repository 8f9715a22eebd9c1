"""``w2sdl export``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.options import debug_option, store_option
from w2sdl.cli.past import opened_run
from w2sdl.location import StoreChoice


@click.command("export")
@click.argument("run")
@click.argument("address")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    help="The file (.parquet, .jsonl, .csv), or for a model the folder, to write.",
)
@store_option
@debug_option
def command(*, run: str, address: str, out: Path, store: StoreChoice, debug: bool) -> None:
    """Write one result of RUN (an id, a word pair, or "last") to a file or folder.

    ADDRESS is a node's, such as "S'[seed=0]", or a binding's name where it is one node. Labels and
    transcripts come out as `label_file` and `transcript_file` read them; a student with a linear head
    as a folder that AutoModelForSequenceClassification and `predictor_folder` open.
    """
    with environment_failures(debug):
        from w2sdl_runtime.runs.exporting import export_result

        found, opened = opened_run(run, store)
        exported = export_result(found, address, opened, out)
    click.echo(f"{exported.path}: {exported.address}, {exported.what}")
    for note in exported.notes:
        click.echo(f"  note: {note}")
