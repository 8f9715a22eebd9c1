"""``w2sdl submit``: a run on a cluster that goes on when this machine is gone."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import (
    Failure,
    Loaded,
    Request,
    environment_failures,
    load_spec,
    require_valid,
    spec_argument,
)
from w2sdl.cli.confined import confinement_of
from w2sdl.cli.machine_options import DEVICES, budget_option, chosen_budget
from w2sdl.cli.options import store_option
from w2sdl.graph import Graph
from w2sdl.location import Location, StoreChoice, shown_location, store_words
from w2sdl.lock import lock_path

if TYPE_CHECKING:
    from w2sdl_runtime.cluster.ray_jobs import JobRequest


@click.command("submit")
@spec_argument
@store_option
@click.option("--address", help="URL of the cluster's Jobs API (also RAY_API_SERVER_ADDRESS).")
@click.option("--device", type=DEVICES, default="auto", help="As for `run`.")
@budget_option
@click.option("--keep-going", "-k", is_flag=True, help="A failure stops only what depends on it.")
@click.option("--fresh", is_flag=True, help="Compute everything again.")
@click.option("--env", "variables", multiple=True, metavar="NAME",
              help="Pass on this variable of yours; Ray's dashboard shows it.")  # fmt: skip
@click.option("--name", default="", help="Name of the job; a memorable one by default.")
@click.option("--wait/--no-wait", default=False, help="Follow it to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print name and address as JSON.")
def command(request: Request, *, store: StoreChoice, **options: Any) -> int:
    """Send SPEC to a Ray cluster, with what it names, and return at once.

    There `w2sdl run` computes it; sent again, it goes on where it was. The store is a folder that
    all machines share, or a URL.
    """
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    with environment_failures(request.debug):
        return _submit(loaded, graph, options)


def _submit(loaded: Loaded, graph: Graph, options: dict[str, Any]) -> int:
    from w2sdl_runtime.cluster.ray_jobs import api_address, follow_job, submit_job

    address = api_address(options["address"])
    name = submit_job(_request(loaded, graph, options), address)
    _print_submitted(name, address, loaded.settings.store, options["as_json"])
    if not options["wait"]:
        return 0
    json_only = options["as_json"]  # standard output is the job's name, and nothing else
    job = follow_job(name, lambda text: click.echo(text, nl=False, err=json_only), address)
    if job.exit_code is None and job.message:
        click.echo(job.message, err=True)
    return job.exit_code if job.exit_code is not None else int(job.status != "SUCCEEDED")


def _request(loaded: Loaded, graph: Graph, options: Mapping[str, Any]) -> JobRequest:
    from w2sdl_runtime.cluster.ray_jobs import JobRequest

    root, here = loaded.settings.root.resolve(), Path.cwd().resolve()
    current = here.relative_to(root) if here.is_relative_to(root) else Path()
    spec = os.path.relpath(loaded.base / loaded.path.name, root / current)
    return JobRequest(
        root=root,
        files=sorted(set(needed_files(loaded, graph, root))),
        modules=loaded.modules,
        arguments=job_words(loaded, spec, options),
        current=current,
        secrets=options["variables"],
        name=options["name"],
        facts={
            "experiment": graph.experiment,
            "spec": str(loaded.path),
            "store": shown_location(loaded.settings.store),
        },
    )


def job_words(loaded: Loaded, spec: str, options: Mapping[str, Any]) -> list[str]:
    """What `w2sdl run` is called with on the cluster; ``spec`` is the spec's path there.

    Raises:
        Failure: for a budget that is no amount.
    """
    words = [spec, *store_words(loaded.settings.store)]
    for flag, values in (
        ("--profile", loaded.profiles),
        ("--set", loaded.overrides),
        ("--module", [m for m in loaded.modules if m not in loaded.settings.modules]),
    ):
        words += [word for value in values for word in (flag, value)]
    words += ["--device", options["device"], "--executor", "ray"]
    words += [f"--{name.replace('_', '-')}" for name in ("keep_going", "fresh") if options[name]]
    if options["budget"] is not None:  # what the settings say travels with them
        chosen_budget(options["budget"], loaded.settings)
        words += ["--budget", options["budget"]]
    return words


def needed_files(loaded: Loaded, graph: Graph, root: Path) -> Iterator[Path]:
    """What a spec needs of its project, from its root on; absolute paths are the same everywhere.

    That is the spec, its lock file, the settings, what it imports, and what its nodes name.
    """
    from w2sdl_runtime.sources import named_by

    own = [loaded.path.name, lock_path(loaded.path).name, *loaded.compilation.libraries.opened]
    every = [named for node in graph.nodes.values() for named in named_by(node).values()]
    confinement = confinement_of(loaded)
    for name in sorted({*own, *(named.value for named in every)}):
        path = loaded.base / Path(name).expanduser()
        if path.exists() and not _is_typed(name, loaded):
            if Path(name).is_absolute():
                _require_inside(root)
            confinement.check(name, path)
            yield Path(os.path.relpath(path, root))
    if (root / "w2sdl.toml").is_file():
        yield Path("w2sdl.toml")


def _require_inside(root: Path) -> None:
    """Relative paths after --set start in the current folder, there as here."""
    if not Path.cwd().resolve().is_relative_to(root):
        raise Failure(
            f"paths after --set start in {Path.cwd()}, outside the project {root} that travels",
            f"give the command from inside the project: cd {root}",
        )


def _is_typed(name: str, loaded: Loaded) -> bool:
    """Whether an absolute path was typed as such: then it is on a disk that all machines share.

    A relative one, typed after --set, has become absolute, and does travel.
    """
    if name.startswith("~"):
        return True
    return Path(name).is_absolute() and any(name in setting for setting in loaded.overrides)


def _print_submitted(name: str, address: str, store: Location, as_json: bool) -> None:
    shown = str(store.absolute()) if isinstance(store, Path) else shown_location(store)
    if as_json:
        click.echo(json.dumps({"job": name, "address": address, "store": shown}))
        return
    click.echo(f"submitted {name} to {address}")
    shared = " (it must be on a disk that all machines share)" if isinstance(store, Path) else ""
    click.echo(f"  store   {shown}{shared}")
    for word in ("status", "logs -f", "cancel"):
        click.echo(f"  w2sdl {word} {shlex.quote(name)} --address {address}")
