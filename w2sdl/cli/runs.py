"""``w2sdl runs``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.output import columns, print_json
from w2sdl.cli.past import counts_text, matches, open_runs, run_json, store_options, took, when
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.past import PastRun


@click.command("runs")
@click.option("--filter", "text", default="", help="Only runs that have this text in a column.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, help="How many, the latest ones first."
)
@store_options
def command(*, text: str, limit: int, store: StoreChoice, as_json: bool, debug: bool) -> None:
    """List the runs of a store, the latest one first."""
    with environment_failures(debug), open_runs(store) as runs:
        found = [run for run in reversed(runs.every()) if matches(run, text)]
        shown = [(run, runs.counts(run)) for run in found[:limit]]
    if as_json:
        print_json([{**run_json(run), "counts": counts} for run, counts in shown])
        return
    if not shown:
        where = f" with `{text}`" if text else ""
        click.echo(f"{runs.root} holds no run{where}; `w2sdl run SPEC` makes one")
        return
    now = time.time()
    rows = [_row(run, counts_text(counts), now) for run, counts in shown]
    for line in columns([("run", "status", "started", "took", "experiment", "nodes"), *rows]):
        click.echo(line)
    if len(found) > limit:
        click.echo(f"and {len(found) - limit} more: --limit {len(found)}")


def _row(run: PastRun, counts: str, now: float) -> tuple[str, ...]:
    return (run.run, run.status, when(run.started), took(run, now), run.experiment, counts)
