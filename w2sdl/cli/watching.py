"""Who watches a run: bars or lines for people, event lines for programs (``run --json``)."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

import w2sdl
from w2sdl.graph import Graph
from w2sdl.location import shown_location

if TYPE_CHECKING:
    from w2sdl_runtime.driver.events import Event, Sink
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.runs.run_record import RunRecord
    from w2sdl_runtime.storage.store import Store

CONTRADICTED = 100  #: exit code of ``--strict``


@contextmanager
def watching(
    graph: Graph, record: RunRecord, store: Store, *, quiet: bool, as_json: bool
) -> Iterator[list[Sink]]:
    """The sinks for the events of a run."""
    from w2sdl_runtime.console.console import RunConsole
    from w2sdl_runtime.runs.timings import Timings

    estimate = Timings(store.root / "timings.json").seen
    out = sys.stdout  # an attempt in this process has its own standard output while it runs
    stream = io.StringIO() if as_json else out
    console = RunConsole(graph, stream, quiet or as_json, estimate, record.folder)
    if as_json:
        print_event("launch", _launch(record, store))
    with console:
        yield [console, _LineWriter(out)] if as_json else [console]


class _LineWriter:
    """Writes each event as a line of JSON, at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        from w2sdl_runtime.driver.events import event_to_json

        self._out.write(json.dumps(event_to_json(event), ensure_ascii=False) + "\n")
        self._out.flush()


def _launch(record: RunRecord, store: Store) -> dict[str, Any]:
    """What a script needs to find the run again."""
    info = record.info
    same = ("run", "name", "experiment", "pid", "host", "command", "spec_path")
    facts = {name: getattr(info, name) for name in same}
    return {
        **facts,
        "folder": str(record.folder),
        "store": shown_location(store.location),
        "version": w2sdl.__version__,
    }


def print_event(name: str, facts: dict[str, Any]) -> None:
    """Print one event line that the runtime has no type for."""
    from datetime import UTC, datetime

    line = {"event": name, "time": datetime.now(UTC).isoformat(), **facts}
    click.echo(json.dumps(line, ensure_ascii=False))


def expectation_code(verdicts: Sequence[Verdict], strict: bool) -> int:
    """The exit code that expectations give a run that is done."""
    contradicted = [verdict.name for verdict in verdicts if verdict.verdict == "contradicted"]
    if not (strict and contradicted):
        return 0
    names = ", ".join(f"`{name}`" for name in contradicted)
    click.echo(f"--strict: the results contradict {names}", err=True)
    return CONTRADICTED
