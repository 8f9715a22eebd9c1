"""``w2sdl logs``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.addresses import near_addresses, nodes_meant
from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.past import address_option, is_alive, open_runs, store_options
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.past import PastRun, PastRuns

_LOOK_EVERY = 0.2  #: seconds between two looks at a log that grows


@click.command("logs")
@click.argument("target", metavar="RUN[/ADDRESS]", default="last")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run (or the node) has ended.")
@click.option("--attempt", type=click.IntRange(min=1), help="This try at the node, not the latest.")
@address_option
@store_options
def command(
    *,
    target: str,
    follow: bool,
    attempt: int | None,
    address: str | None,
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> int:
    """Print what happened in RUN, or what the node at ADDRESS wrote: "last/S'[seed=0]"."""
    if address is not None:
        from w2sdl.cli.jobs import print_job_logs

        return print_job_logs(target, address, follow)
    name, _, node = target.partition("/")
    with environment_failures(debug), open_runs(store) as runs:
        run = runs.find(name)
        if not node:
            if attempt is not None:
                raise Failure("--attempt counts the tries at a node", f"name it: {name}/ADDRESS")
            _print_events(runs, run, follow, as_json)
        elif as_json:
            raise Failure("a node's log is text", "leave out --json")
        else:
            _print_node(runs, run, node, attempt, follow)
    return 0


def _print_events(runs: PastRuns, run: PastRun, follow: bool, as_json: bool) -> None:
    from w2sdl.cli.event_words import event_line

    def ended() -> bool:
        return not (follow and is_alive(runs.find(run.run)))

    for line in _lines_of(run.folder / "events.jsonl", ended):
        with suppress(ValueError):  # a full disk may have torn a line in the middle
            text = line if as_json else event_line(json.loads(line))
            if text:
                click.echo(text)


def _lines_of(path: Path, ended: Callable[[], bool]) -> Iterator[str]:
    """Whole lines of a file that grows; what a killed process tore at its end is left out."""
    rest = ""
    for text in _texts_of(path, ended):
        *lines, rest = (rest + text).split("\n")
        yield from lines


def _texts_of(path: Path, ended: Callable[[], bool]) -> Iterator[str]:
    """What a file holds, and what is added to it until ``ended`` says that nothing will be."""
    while not path.exists():
        if ended():
            return
        time.sleep(_LOOK_EVERY)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        while True:
            last = ended()  # asked before reading: what was written before the end is read
            if text := file.read():
                yield text
            if last:
                return
            time.sleep(_LOOK_EVERY)


# -- one node --------------------------------------------------------------------------------------


def _print_node(
    runs: PastRuns, run: PastRun, address: str, attempt: int | None, follow: bool
) -> None:
    from w2sdl_runtime.runs.past import attempt_folders

    node = _find_node(runs, run, address)
    folders = list(attempt_folders(run, node["node"]))
    if attempt is not None and attempt > len(folders):
        raise Failure(
            f"`{node['address']}` was tried {_times(len(folders))} in {run.run}",
            "leave out --attempt for the latest try",
        )
    if not folders and not (follow and is_alive(run)):
        raise Failure(
            f"`{node['address']}` has no log in {run.run}: it was {_state_words(node)}",
            "the run that computed it has one" if node["state"] == "reused" else "",
        )
    if attempt is not None:
        _print_attempt(folders[attempt - 1], lambda: True)
    elif follow:
        _follow_node(runs, run, node["node"], len(folders))
    else:
        _print_attempt(folders[-1], lambda: True)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _state_words(node: dict[str, Any]) -> str:
    because = f" ({node['because']})" if node.get("because") else ""
    state = "not reached" if node["state"] == "to do" else node["state"]
    return f"{state}{because}"


def _find_node(runs: PastRuns, run: PastRun, address: str) -> dict[str, Any]:
    """The node at an address."""
    nodes = {row["node"]: row for row in runs.every_node(run)}
    found = nodes_meant(address, {id_: [row["address"]] for id_, row in nodes.items()})
    if len(found) == 1:
        return nodes[found[0]]
    known = [row["address"] for row in nodes.values()]
    names = sorted(nodes[id_]["address"] for id_ in found) or near_addresses(address, known)
    such = " or ".join(f"`{name}`" for name in names[:4])
    raise Failure(
        f"{run.run} has {len(found) or 'no'} nodes called `{address}`",
        f"such as {such}" if such else f"`w2sdl logs {run.name}` shows all addresses",
    )


def _follow_node(runs: PastRuns, run: PastRun, node: str, first: int) -> None:
    """The latest try and each one that follows it, until the node is settled or the run has ended."""
    from w2sdl_runtime.runs.past import SETTLED, attempt_folders

    def settled() -> bool:
        if not is_alive(runs.find(run.run)):
            return True
        states = {row["node"]: row["state"] for row in runs.nodes(run, *SETTLED)}
        return node in states

    number = max(1, first)
    while True:
        folders = list(attempt_folders(run, node))
        if len(folders) >= number:
            if number > 1:
                click.echo(f"-- attempt {number}")
            _print_attempt(
                folders[number - 1],
                lambda: settled() or len(list(attempt_folders(run, node))) > number,  # noqa: B023
            )
            number += 1
        elif settled():
            return
        else:
            time.sleep(_LOOK_EVERY)


def _print_attempt(folder: Path, ended: Callable[[], bool]) -> None:
    silent = True
    for text in _texts_of(folder / "log.txt", ended):
        click.echo(text, nl=False)
        silent = False
    if silent:
        click.echo("it wrote nothing", err=True)  # beside the log, not in it
