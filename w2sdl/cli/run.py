"""``w2sdl run``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import (
    Failure,
    Loaded,
    Request,
    environment_failures,
    load_spec,
    module_folders,
    require_valid,
    spec_argument,
    store_option,
)
from w2sdl.cli.summary import print_results
from w2sdl.graph import Graph
from w2sdl.location import StoreChoice, shown_location
from w2sdl.show import program_text

if TYPE_CHECKING:
    from w2sdl_runtime.backend import Backend
    from w2sdl_runtime.execute import RunResult
    from w2sdl_runtime.run_record import RunRecord
    from w2sdl_runtime.store import Store


@click.command("run")
@spec_argument
@store_option
@click.option(
    "--executor",
    type=click.Choice(["ray", "local"]),
    help="Ray (default), or one node at a time in this process.",
)
@click.option("--address", help="Address of a Ray cluster; without it Ray runs on this machine.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Processors to use on this machine.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where models run; auto: on a GPU where there is one.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would be done.")
@click.option("--keep-going", "-k", is_flag=True, help="A failure stops only what depends on it.")
@click.option("--fresh", is_flag=True, help="Compute everything again.")
@click.option(
    "--force", multiple=True, metavar="NAME", help="Compute a binding (or an address) again."
)
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Also write the report to this file."
)
@click.option("--quiet", "-q", is_flag=True, help="Print failures and results only.")
def command(
    request: Request,
    *,
    store: StoreChoice,
    dry_run: bool,
    **options: Any,
) -> int:
    """Compile SPEC, compute what is not stored yet, and write a report.

    The same command again executes nothing; after an interruption it goes on where it was.
    """
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    with environment_failures(request.debug):
        _require_file_name(options["out"])
        if dry_run:
            return _dry_run(loaded, graph)
        return _run(loaded, graph, options)


def _require_file_name(out: Path | None) -> None:
    """Found before the run, not after it."""
    if out is not None and out.is_dir():
        raise Failure(
            f"--out {out} is a folder", "name the file that the report is to be written to"
        )


def _dry_run(loaded: Loaded, graph: Graph) -> int:
    from w2sdl.cli.plan import make_plan, plan_lines, summary

    plan = make_plan(loaded, graph)
    for line in plan_lines(plan):
        click.echo(line)
    click.echo(f"\n{summary(plan)}  (store: {shown_location(loaded.settings.store)})")
    return 0


def _run(loaded: Loaded, graph: Graph, options: dict[str, Any]) -> int:
    from w2sdl_runtime.console import RunConsole
    from w2sdl_runtime.execute import Options, run_graph
    from w2sdl_runtime.run_record import RunRecord
    from w2sdl_runtime.stores import open_store

    store = open_store(loaded.settings.store)
    record = RunRecord.create(store, graph, _request(loaded))
    executor = options["executor"] or loaded.settings.executor
    chosen = Options(
        base=loaded.base,
        lock=loaded.lock,
        modules=loaded.modules,
        device=options["device"],
        keep_going=options["keep_going"],
        force=_forced(graph, options["force"]),
        fresh=options["fresh"],
    )

    def backend() -> Backend:
        return make_backend(executor, options["address"], options["jobs"], loaded)

    with RunConsole(graph, sys.stdout, options["quiet"]) as console:
        result = run_graph(graph, store, backend, record, chosen, [console])
    return _finish(graph, store, record, result, options["out"])


def _request(loaded: Loaded) -> Any:
    from w2sdl_runtime.run_record import RunRequest

    return RunRequest(
        spec_path=str(loaded.path),
        spec_text=loaded.compilation.source.text,
        resolved_text=program_text(loaded.compilation.program),
        profiles=loaded.profiles,
        overrides=loaded.overrides,
        command=_reproducing_command(loaded),
        warnings=[d.title() for d in loaded.compilation.diagnostics],
    )


def _reproducing_command(loaded: Loaded) -> str:
    """The command that makes these results again: only what changes a result is in it."""
    words = ["w2sdl", "run", str(loaded.path)]
    for profile in loaded.profiles:
        words += ["--profile", profile]
    for setting in loaded.overrides:
        words += ["--set", setting]
    for module in loaded.modules:
        words += ["--module", module]
    return shlex.join(words)


def _forced(graph: Graph, wanted: tuple[str, ...]) -> frozenset[str]:
    """Ids of the nodes that ``--force`` names, by binding or by address."""
    found: set[str] = set()
    for name in wanted:
        ids = {n.id for n in graph.nodes.values() if name in (n.name, n.address, *n.aliases)}
        if not ids:
            from w2sdl.suggest import nearest_names

            known = {text for n in graph.nodes.values() for text in (n.name, n.address)}
            near = nearest_names(name, known)
            hint = f"did you mean {near[0]}?" if near else "`w2sdl plan --all` lists all addresses"
            raise Failure(f"--force {name}: no node has this name or address", hint)
        found |= ids
    return frozenset(found)


def make_backend(executor: str, address: str | None, jobs: int | None, loaded: Loaded) -> Backend:
    """The executor that the user chose."""
    if jobs and (address or executor == "local"):
        raise Failure(
            "--jobs says how many processors a Ray on this machine gets",
            "leave it out: a cluster has its own size, and the local executor runs one node at a time",
        )
    if executor == "local":
        if address:
            raise Failure("--address needs the ray executor", "leave out --executor local")
        from w2sdl_runtime.local_backend import LocalBackend

        return LocalBackend()
    if executor != "ray":
        raise Failure(f"there is no executor `{executor}`", "choose ray or local")
    from w2sdl_runtime.ray_backend import RayBackend

    return RayBackend(address, jobs, paths=module_folders(loaded.path, loaded.settings.root))


def _finish(
    graph: Graph, store: Store, record: RunRecord, result: RunResult, out: Path | None
) -> int:
    """Print what came out, write the report, and choose the exit code."""
    from w2sdl_runtime.report.render import write_report

    report = record.folder / "report.html"
    write_report(record.folder, store, report)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(report.read_bytes())
    if result.status == "done":
        print_results(graph, result, store)
        if not graph.measures:
            click.echo("nothing is measured: add `measure NAME = accuracy(...) on DATA.PART`")
    click.echo(f"report  {out or report}")
    click.echo(f"store   {shown_location(store.location)}")
    if result.status == "interrupted":
        click.echo("interrupted; the same command goes on from here", err=True)
        return 128 + (result.signal or 2)
    return 0 if result.status == "done" else 1
