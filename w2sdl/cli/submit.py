"""``w2sdl submit``: a run on a cluster that goes on when this machine is gone."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import (
    Loaded,
    Request,
    environment_failures,
    input_failures,
    load_spec,
    require_valid,
    spec_argument,
)
from w2sdl.graph import Graph
from w2sdl.location import parse_location
from w2sdl.lock import lock_path

if TYPE_CHECKING:
    from w2sdl_runtime.ray_jobs import JobRequest


@click.command("submit")
@spec_argument
@click.option("--address", help="URL of the cluster's Jobs API (also RAY_API_SERVER_ADDRESS).")
@click.option("--store", help="Where results are kept: a folder that all machines share, or a URL.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", help="As for `run`."
)
@click.option("--keep-going", "-k", is_flag=True, help="A failure stops only what depends on it.")
@click.option("--fresh", is_flag=True, help="Compute everything again.")
@click.option("--env", "variables", multiple=True, metavar="NAME",
              help="Pass on this variable of yours; Ray's dashboard shows it.")  # fmt: skip
@click.option("--name", default="", help="Name of the job; a memorable one by default.")
@click.option("--wait/--no-wait", default=False, help="Follow it to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print name and address as JSON.")
def command(request: Request, **options: Any) -> int:
    """Send SPEC to a Ray cluster, with what it names, and return at once.

    There `w2sdl run` computes it; sent again, it goes on where it was.
    """
    given = options["store"]
    with input_failures():
        loaded = load_spec(request, None if given is None else parse_location(given))
    graph = require_valid(loaded)
    with environment_failures(request.debug):
        return _submit(loaded, graph, options)


def _submit(loaded: Loaded, graph: Graph, options: dict[str, Any]) -> int:
    from w2sdl_runtime.ray_jobs import api_address, follow_job, submit_job

    store = _store(loaded, options["store"])
    address = api_address(options["address"])
    name = submit_job(_request(loaded, graph, store, options), address)
    _print_submitted(name, address, store, options["as_json"])
    if not options["wait"]:
        return 0
    job = follow_job(name, lambda text: click.echo(text, nl=False), address)
    if job.exit_code is None and job.message:
        click.echo(job.message, err=True)
    return job.exit_code if job.exit_code is not None else int(job.status != "SUCCEEDED")


def _store(loaded: Loaded, given: str | None) -> str:
    """The store as the cluster's machines are to name it."""
    if given is not None and "://" in given:
        return given
    store = loaded.settings.store
    return str(store.absolute()) if isinstance(store, Path) else store.partition("#")[0]


def _request(loaded: Loaded, graph: Graph, store: str, options: Mapping[str, Any]) -> JobRequest:
    from w2sdl_runtime.ray_jobs import SPEC_FOLDER, JobRequest

    words = [posixpath.join(SPEC_FOLDER, loaded.path.name), "--store", store]
    for flag, values in (
        ("--profile", loaded.profiles),
        ("--set", loaded.overrides),
        ("--module", loaded.modules),
    ):
        words += [word for value in values for word in (flag, value)]
    words += ["--device", options["device"], "--executor", "ray"]
    words += [f"--{name.replace('_', '-')}" for name in ("keep_going", "fresh") if options[name]]
    return JobRequest(
        folder=loaded.base,
        files=list(needed_files(loaded, graph)),
        modules=loaded.modules,
        arguments=words,
        secrets=options["variables"],
        name=options["name"],
        facts={"experiment": graph.experiment, "spec": str(loaded.path), "store": store},
    )


def needed_files(loaded: Loaded, graph: Graph) -> Iterator[str]:
    """What a spec needs of its folder: itself, its lock file, what it imports, what nodes name."""
    from w2sdl_runtime.sources import Sources

    yield loaded.path.name
    if (lock := lock_path(loaded.path)).is_file():
        yield lock.name
    yield from loaded.compilation.libraries.opened
    named = {path for node in graph.nodes.values() for path in Sources.paths(node)}
    for path in sorted(named):
        if not Path(path).expanduser().is_absolute() and (loaded.base / path).exists():
            yield path


def _print_submitted(name: str, address: str, store: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"job": name, "address": address, "store": store}))
        return
    click.echo(f"submitted {name} to {address}")
    if "://" not in store:
        click.echo(f"  store   {store} (on a disk that all machines of the cluster share)")
    else:
        click.echo(f"  store   {store}")
    for word in ("status", "logs -f", "cancel"):
        click.echo(f"  w2sdl {word} {name} --address {address}")
