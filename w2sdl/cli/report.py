"""``w2sdl report``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.options import debug_option, store_option
from w2sdl.cli.past import opened_run
from w2sdl.location import StoreChoice


@click.command("report")
@click.argument("run", default="last")
@store_option
@click.option("--out", "-o", type=click.Path(path_type=Path), help="The file to write.")
@debug_option
def command(*, run: str, store: StoreChoice, out: Path | None, debug: bool) -> None:
    """Write the report of RUN (an id, a run's word pair, or "last") again."""
    with environment_failures(debug):
        from w2sdl_runtime.report.render import write_report

        found, opened = opened_run(run, store)
        target = out or found.folder / "report.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_report(found.folder, opened, target)
    click.echo(str(target))
