"""``w2sdl cancel``."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import click

from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.output import print_json
from w2sdl.cli.past import (
    address_option,
    goes_on_with,
    is_alive,
    open_runs,
    run_json,
    store_options,
)
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.past import PastRun


@click.command("cancel")
@click.argument("run")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    help="Seconds to wait for its end.",
)
@address_option
@store_options
def command(
    *,
    run: str,
    wait: float,
    address: str | None,
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> int:
    """Stop RUN (an id, a word pair, or "last"): what is computed stays, what runs is given up."""
    if address is not None:
        from w2sdl.cli.jobs import print_job_cancelled

        return print_job_cancelled(run, address)
    from w2sdl_runtime.provenance import host_name

    with environment_failures(debug):
        with open_runs(store) as runs:
            found = runs.find(run)
        asked = is_alive(found)
        if asked and found.host != host_name():
            raise Failure(
                f"{found.run} runs on {found.host}, as process {found.pid}",
                f"on {found.host}: w2sdl cancel {found.run}",
            )
        ended = _stop(found, wait) if asked else True
    if as_json:
        print_json({**run_json(found), "asked": asked, "stopped": ended})
    else:
        click.echo(_words(found, asked, ended))
    return 0 if ended else 1


def _stop(run: PastRun, wait: float) -> bool:
    """Ask the driver to end; whether it did in time."""
    from w2sdl_runtime.files import write_json
    from w2sdl_runtime.provenance import process_is_alive

    # The driver tells by this file that it was cancelled, and not merely terminated.
    write_json(run.folder / "cancelled.json", {"time": time.time(), "pid": os.getpid()})
    os.kill(run.pid, signal.SIGTERM)
    end = time.monotonic() + wait
    while process_is_alive(run.pid, run.process):
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True


def _words(run: PastRun, asked: bool, ended: bool) -> str:
    if not asked:
        return f"{run.run} does not run any more ({run.status})"
    if not ended:
        return f"{run.run} was asked to stop; process {run.pid} is still ending (w2sdl status {run.name})"
    return f"{run.run} has stopped; what it computed is stored, and it goes on with: {goes_on_with(run)}"
