"""``w2sdl show``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.output import print_json
from w2sdl.cli.past import (
    command_again,
    counts_text,
    goes_on_with,
    open_runs,
    run_json,
    stopped_lines,
    store_location,
    store_options,
    took,
    when,
)
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.loaded_run import LoadedRun
    from w2sdl_runtime.runs.past import PastRun
    from w2sdl_runtime.runs.run_record import NodeEntry
    from w2sdl_runtime.storage.store import Store

_SLOWEST = 5
_SHOWN = 10


@click.command("show")
@click.argument("run", default="last")
@click.option("--markdown", is_flag=True, help="Print what came out as Markdown tables.")
@store_options
def command(*, run: str, markdown: bool, store: StoreChoice, as_json: bool, debug: bool) -> None:
    """Show RUN (an id, a word pair, or "last"): what was asked, what came out, how to repeat it."""
    import time

    if markdown and as_json:
        raise click.UsageError("give --json or --markdown, not both")
    with environment_failures(debug):
        from w2sdl_runtime.runs.loaded_run import read_run
        from w2sdl_runtime.storage.opening import open_store

        with open_runs(store) as runs:
            found = runs.find(run)
            counts = runs.counts(found)
        loaded, opened = read_run(found.folder), open_store(store_location(store))
        if as_json:
            print_json(_json(found, loaded, opened, counts))
            return
        if markdown:
            click.echo(_markdown(loaded, opened))
            return
        for line in _head(found, loaded, counts_text(counts), time.time()):
            click.echo(line)
        _print_outcome(loaded, opened)
        for line in _tail(found, loaded):
            click.echo(line)


def _head(run: PastRun, loaded: LoadedRun, counts: str, now: float) -> list[str]:
    info = loaded.info
    lines = [f"{run.run}  {run.status}  {info.experiment}"]
    lines += [f"  {info.description}"] if info.description else []
    changes = [f"--profile {name}" for name in info.profiles]
    changes += [f"--set {text}" for text in info.overrides]
    lines.append(f"spec     {' '.join([info.spec_path, *changes])}")
    lines.append(f"started  {when(run.started)}  {took(run, now)}".rstrip())
    commit = str(info.git.get("commit", ""))[:12]
    dirty = " with changes that are not committed" if info.git.get("dirty") else ""
    lines.append(f"with     w2sdl {info.version}, Python {info.python}, {info.cpus} processors")
    lines.append(f"on       {run.host}" + (f", git {commit}{dirty}" if commit else ""))
    return [*lines, f"nodes    {run.nodes}: {counts}", *_spent(loaded)]


def _spent(loaded: LoadedRun) -> list[str]:
    """What the run has cost, beside what it might; older runs don't know it."""
    from w2sdl.budget import amounts_text

    info = loaded.info
    limit = f" (budget {info.budget})" if info.budget else ""
    return [f"spent    {amounts_text(info.spent, info.seconds)}{limit}"] if info.spent else []


def _print_outcome(loaded: LoadedRun, store: Store) -> None:
    from w2sdl.cli.summary import outcome, print_results

    graph = loaded.graph()
    if graph.measures and any(entry.digest for entry in loaded.nodes.values()):
        print_results(*outcome(graph, loaded.nodes, store, loaded.info.claims))


def _markdown(loaded: LoadedRun, store: Store) -> str:
    from w2sdl_runtime.runs.results import Run

    tables = Run(loaded, store).markdown(in_percent=True)
    return f"{tables}\n\nShares are in per cent." if tables else "the spec measures nothing"


def _tail(run: PastRun, loaded: LoadedRun) -> list[str]:
    stopped = stopped_lines(loaded.info.error, "stopped  ")
    lines = ["", *stopped] if stopped else []
    failed = [entry for entry in loaded.nodes.values() if entry.action == "failed"]
    for entry in failed[:_SHOWN]:
        error = entry.error or {}
        lines += ["", f"failed   {entry.address}: {error.get('message', '')}"]
        lines += [f"         {error['help']}"] if error.get("help") else []
    slow = slowest(loaded)
    if slow:
        from w2sdl.durations import format_seconds

        shown = [f"{entry.address} {format_seconds(entry.seconds)}" for entry in slow]
        lines += ["", f"slowest  {', '.join(shown)}"]
    for warning, count in warnings_of(loaded).most_common(_SHOWN):
        lines.append(f"warning  {warning}" + (f" ({count} nodes)" if count > 1 else ""))
    lines += ["", f"again    {command_again(loaded.info.model_dump())}"]
    if run.status == "incomplete":
        lines.append(f"go on    {goes_on_with(run)}")
    report = loaded.folder / "report.html"
    return [*lines, f"report   {report}"] if report.exists() else lines


def slowest(loaded: LoadedRun) -> list[NodeEntry]:
    """The nodes that this run computed, those that took longest first; a few of them."""
    computed = [entry for entry in loaded.nodes.values() if entry.action == "executed"]
    return sorted(computed, key=lambda entry: -entry.seconds)[:_SLOWEST]


def warnings_of(loaded: LoadedRun) -> Counter[str]:
    """What operations wanted their users to know, with the number of nodes that said it."""
    return Counter(text for entry in loaded.nodes.values() for text in entry.warnings)


def _json(run: PastRun, loaded: LoadedRun, store: Store, counts: dict[str, int]) -> dict[str, Any]:
    from w2sdl_runtime.report.verdict_words import verdict_json
    from w2sdl_runtime.runs.results import Run

    opened = Run(loaded, store)
    failed = [entry for entry in loaded.nodes.values() if entry.action == "failed"]
    return {
        **run_json(run),
        "counts": counts,
        "error": loaded.info.error or None,
        "description": loaded.info.description,
        "profiles": loaded.info.profiles,
        "overrides": loaded.info.overrides,
        "budget": loaded.info.budget,
        "spent": loaded.info.spent,
        "version": loaded.info.version,
        "packages": loaded.info.packages,
        "git": loaded.info.git,
        "measures": {name: opened.summary(name).to_pylist() for name in opened.measures},
        "expectations": [verdict_json(verdict) for verdict in opened.verdicts()],
        "failures": [{"address": e.address, **(e.error or {}), "log": e.log} for e in failed],
        "slowest": [{"address": e.address, "seconds": e.seconds} for e in slowest(loaded)],
        "warnings": dict(warnings_of(loaded)),
    }
