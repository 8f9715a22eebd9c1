"""``w2sdl status``."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.output import print_json
from w2sdl.cli.past import (
    address_option,
    command_again,
    counts_text,
    is_alive,
    open_runs,
    run_facts,
    run_json,
    stopped_lines,
    store_options,
    took,
    when,
)
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.past import PastRun

_SHOWN = 10  #: nodes of a state
_UNFINISHED = ("interrupted", "failed", "incomplete")


@click.command("status")
@click.argument("run", required=False)
@address_option
@store_options
def command(
    *, run: str | None, address: str | None, store: StoreChoice, as_json: bool, debug: bool
) -> int:
    """Say how far RUN is (an id, a word pair, or "last"): counts, what runs now, time left.

    With --address, how a job stands, or without RUN all jobs of that cluster.
    """
    if address is not None:
        from w2sdl.cli.jobs import print_job_status

        return print_job_status(run, address, as_json)
    with environment_failures(debug), open_runs(store) as runs:
        found = runs.find(run or "last")
        counts = runs.counts(found)
        states = ("running", "waiting") if is_alive(found) else ()
        busy = runs.nodes(found, *states) if states else []
        failed = runs.nodes(found, "failed") if counts.get("failed") else []
    progress = _progress(found) if is_alive(found) else {}
    nodes = [_node(row, progress.get("nodes", {})) for row in busy]
    facts = run_facts(found) if found.status in _UNFINISHED else {}
    record = {
        **run_json(found),
        "counts": counts,
        "error": facts.get("error") or None,
        "go_on": command_again({"command": found.command, **facts}) if facts else None,
        "left": progress.get("left"),
        "budget": progress.get("budget", ""),
        "running": [node for node in nodes if node["state"] == "running"],
        "waiting": [node for node in nodes if node["state"] == "waiting"],
        "failed": [{"address": row["address"], **_error(row)} for row in failed],
    }
    if as_json:
        print_json(record)
        return 0
    for line in _lines(found, record):
        click.echo(line)
    return 0


def _progress(run: PastRun) -> dict[str, Any]:
    """What the driver keeps writing of rates and time left; {} before it first did."""
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads((run.folder / "progress.json").read_text("utf-8"))
        return found
    return {}


def _node(row: Mapping[str, Any], rates: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    same = ("address", "state", "attempt", "done", "total", "unit", "because")
    pace = rates.get(row["node"], {})
    known = {name: pace.get(name) for name in ("rate", "left", "since")}
    return {**{name: row[name] for name in same}, **known}


def _error(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["error"]) if row["error"] else {}
    return {"message": found.get("message", ""), "log": row["log"]}


def _lines(run: PastRun, record: Mapping[str, Any]) -> list[str]:
    from w2sdl.durations import format_seconds

    now = time.time()
    lines = [f"{run.run}  {run.status}  {run.experiment}  {run.spec}"]
    spent = f", {took(run, now)}" if took(run, now) else ""
    lines.append(f"  started {when(run.started)}{spent}; {_process(run)}")
    lines.append(f"  {run.nodes} nodes: {counts_text(record['counts'])}")
    for state in ("running", "waiting"):
        nodes = record[state]
        lines += [f"  {state:<8} {_node_text(node, now)}" for node in nodes[:_SHOWN]]
        if len(nodes) > _SHOWN:
            lines.append(f"  {'':<8} and {len(nodes) - _SHOWN} more")
    for one in record["failed"][:_SHOWN]:
        message = one["message"].splitlines()[0] if one["message"] else ""
        lines.append(f"  {'failed':<8} {one['address']}: {message}")
    lines += stopped_lines(record["error"] or {}, "  stopped  ")
    if record["left"] is not None:
        lines.append(f"  about {format_seconds(record['left'])} left")
    if record["budget"]:
        lines.append(f"  {record['budget']}")
    if record["go_on"]:
        lines.append(f"  go on with: {record['go_on']}")
    return lines


def _process(run: PastRun) -> str:
    where = f"process {run.pid} on {run.host}"
    if run.killed:
        return f"{where} is gone: it was killed"
    return f"{where} runs" if is_alive(run) else f"{where} has ended"


def _node_text(node: Mapping[str, Any], now: float) -> str:
    from w2sdl.durations import format_seconds

    if node["state"] == "waiting":
        return f"{node['address']}: {node['because']}"
    parts = [node["address"]]
    if node["total"]:
        parts.append(f"{node['done']}/{node['total']} {node['unit']}")
    if node["rate"]:
        parts.append(f"{node['rate']:.3g}/s, {format_seconds(node['left'])} left")
    elif node["since"]:
        parts.append(format_seconds(max(0.0, now - node["since"])))
    if node["attempt"] > 1:
        parts.append(f"(attempt {node['attempt']})")
    return "  ".join(parts)
