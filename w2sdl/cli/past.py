"""What the commands on earlier runs share: the store, a run by its name, times in words."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from w2sdl import project
from w2sdl.cli.failures import input_failures
from w2sdl.cli.options import debug_option, in_order, json_option, store_option
from w2sdl.location import Location, StoreChoice, local_folder

if TYPE_CHECKING:
    from w2sdl_runtime.runs.loaded_run import LoadedRun
    from w2sdl_runtime.runs.past import PastRun, PastRuns
    from w2sdl_runtime.storage.store import Store

R = TypeVar("R")
#: States in the order in which they are told, and how they are called.
STATES = {
    "executed": "computed",
    "reused": "reused",
    "failed": "failed",
    "skipped": "skipped",
    "cut off": "cut off",
    "running": "running",
    "waiting": "waiting for another run",
    "queued": "queued",
    "to do": "to do",
}


def store_options(function: Callable[..., R]) -> Callable[..., R]:
    """``--store``, ``--cache``, ``--json`` and ``--debug``."""
    return in_order(function, store_option, json_option, debug_option)


#: Of the commands that also look after jobs on a cluster.
address_option = click.option(
    "--address", help="The job server of a Ray cluster: RUN is a job that `w2sdl submit` started."
)


def store_location(store: StoreChoice) -> Location:
    """Where results are: the place named, or that of the current folder's project."""
    with input_failures():
        return project.load_settings(Path.cwd() / "spec", store).store


def open_runs(store: StoreChoice) -> PastRuns:
    """The runs of a store: the one named, or that of the current folder.

    They are kept where they ran: those of a store at a URL in this machine's folder in front of it.
    """
    from w2sdl_runtime.runs.past import PastRuns

    return PastRuns(local_folder(store_location(store)))


def matches(run: PastRun, text: str) -> bool:
    """Whether any column of a run has the text, in whatever case."""
    columns = (run.run, run.experiment, run.spec, run.status, run.command, run.host)
    return any(text.lower() in column.lower() for column in columns)


def opened_run(run: str, store: StoreChoice) -> tuple[LoadedRun, Store]:
    """A run with all of its record, and the store that has its results."""
    from w2sdl_runtime.runs.loaded_run import load_run
    from w2sdl_runtime.storage.opening import open_store

    opened = open_store(store_location(store))
    return load_run(opened, run), opened


def run_json(run: PastRun) -> dict[str, Any]:
    """A run as JSON; times in seconds since 1970."""
    record = asdict(run)
    record.pop("process")
    return {**record, "folder": str(run.folder), "alive": is_alive(run)}


def is_alive(run: PastRun) -> bool:
    """Whether it goes on."""
    return run.status == "running"


def command_again(info: Mapping[str, Any]) -> str:
    """The command that goes on with a run: as it was given, with its store and in its folder.

    Args:
        info: ``run.json``, or as much of it as there is.
    """
    again = info.get("again") or {}
    if not again:
        return str(info.get("command", ""))
    command = shlex.join(["w2sdl", *again["arguments"]])
    folder = Path(again["folder"])
    return command if folder == Path.cwd() else f"cd {shlex.quote(str(folder))} && {command}"


def run_facts(run: PastRun) -> dict[str, Any]:
    """``run.json``; {} where it can't be read."""
    with suppress(OSError, ValueError):
        found = json.loads((run.folder / "run.json").read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def stopped_lines(error: Mapping[str, str], mark: str) -> list[str]:
    """What kept a run from going on, with what to do; none where nothing did."""
    if not error:
        return []
    first, *rest = [*error["message"].splitlines(), *error["help"].splitlines()]
    return [f"{mark}{first}", *(f"{'':<{len(mark)}}{line}" for line in rest)]


def counts_text(counts: Mapping[str, int]) -> str:
    """``120 computed, 3 running, 117 to do``."""
    parts = [f"{counts[state]} {word}" for state, word in STATES.items() if counts.get(state)]
    return ", ".join(parts) or "nothing yet"


def when(seconds: float) -> str:
    """A time as the clock of this machine shows it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def goes_on_with(run: PastRun) -> str:
    """The command that goes on with a run, with the options that it was given; else what repeats it."""
    return command_again({"command": run.command, **run_facts(run)})


def took(run: PastRun, now: float) -> str:
    """How long a run took; "" for one that was killed at a time that nobody knows."""
    from w2sdl.durations import format_seconds

    end = run.ended or (now if is_alive(run) else None)
    return "" if end is None else format_seconds(max(0.0, end - run.started))
