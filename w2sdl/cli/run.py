"""``w2sdl run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.again import reproducing_command, words_again
from w2sdl.cli.common import (
    Failure,
    Loaded,
    Request,
    environment_failures,
    module_folders,
    spec_argument,
    store_option,
)
from w2sdl.cli.confined import confinement_of
from w2sdl.cli.finishing import finish
from w2sdl.cli.locked import locked_option, require_locked
from w2sdl.cli.plan import exit_code, print_plan
from w2sdl.cli.run_work import Work, work_of
from w2sdl.cli.selecting import force_options, selection_options
from w2sdl.cli.watching import watching
from w2sdl.location import StoreChoice
from w2sdl.show import program_text

if TYPE_CHECKING:
    from w2sdl_runtime.backends.backend import Backend


@click.command("run")
@spec_argument
@store_option
@click.option(
    "--executor",
    type=click.Choice(["ray", "local"]),
    help="Ray (default), or this process; with -j N, N worker processes without Ray.",
)
@click.option(
    "--address",
    help="A Ray cluster, as HOST:PORT or auto (also RAY_ADDRESS); else Ray runs on this machine.",
)
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Processors to use on this machine.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where models run; auto: on a GPU where there is one.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would be done.")
@click.option("--keep-going", "-k", is_flag=True, help="A failure stops only what depends on it.")
@selection_options
@force_options
@locked_option
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Also write the report to this file."
)
@click.option("--quiet", "-q", is_flag=True, help="Print failures and results only.")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, a line each.")
@click.option("--strict", is_flag=True, help="Exit with 100 if results contradict an expectation.")
def command(
    request: Request,
    *,
    store: StoreChoice,
    dry_run: bool,
    **options: Any,
) -> int:
    """Compile SPEC, compute what is not stored yet, and write a report.

    The same command again executes nothing; after an interruption it goes on where it was. SPEC may
    be a plan that `w2sdl plan -o plan.json` wrote.
    """
    with environment_failures(request.debug):
        _require_file_name(options["out"])
        todo = work_of(request, store, options)
        if options["locked"]:
            require_locked(todo.loaded, todo.graph)
        if dry_run:
            made = todo.planned()
            print_plan(made, todo.loaded)
            return exit_code(made.plan, detailed=False)
        return _run(todo, options)


def _require_file_name(out: Path | None) -> None:
    """Found before the run, not after it."""
    if out is not None and out.is_dir():
        raise Failure(
            f"--out {out} is a folder", "name the file that the report is to be written to"
        )


def _run(todo: Work, options: dict[str, Any]) -> int:
    from w2sdl_runtime.driver.execute import Options, run_graph
    from w2sdl_runtime.runs.run_record import RunRecord
    from w2sdl_runtime.storage.opening import open_store

    loaded, graph = todo.loaded, todo.graph
    store = open_store(loaded.settings.store)
    record = RunRecord.create(store, graph, _request(loaded))
    if store.caution and not options["as_json"]:
        click.echo(f"warning: {store.caution}", err=True)
    executor = options["executor"] or loaded.settings.executor
    chosen = Options(
        base=loaded.base,
        lock=loaded.lock,
        modules=loaded.modules,
        device=options["device"],
        keep_going=options["keep_going"],
        force=todo.force,
        only=todo.only(options["as_json"]),
        confinement=confinement_of(loaded),
    )

    def backend() -> Backend:
        return make_backend(executor, options["address"], options["jobs"], loaded)

    how = {"quiet": options["quiet"], "as_json": options["as_json"]}
    with watching(graph, record, store, **how) as sinks:
        result = run_graph(graph, store, backend, record, chosen, sinks)
    return finish(graph, store, record, result, options)


def _request(loaded: Loaded) -> Any:
    from w2sdl_runtime.runs.run_record import RunRequest

    return RunRequest(
        spec_path=str(loaded.path),
        spec_text=loaded.compilation.source.text,
        resolved_text=program_text(loaded.compilation.program),
        profiles=loaded.profiles,
        overrides=loaded.overrides,
        command=reproducing_command(loaded),
        again=words_again(click.get_current_context(), loaded),
        warnings=[d.title() for d in loaded.compilation.diagnostics],
    )


def make_backend(executor: str, address: str | None, jobs: int | None, loaded: Loaded) -> Backend:
    """The executor that the user chose."""
    from w2sdl_runtime.cluster.ray_cluster import chosen_address

    if executor == "ray":
        address = chosen_address(address)
    folders = module_folders(loaded.path, loaded.settings.root)
    if executor == "local":
        if address:
            raise Failure("--address needs the ray executor", "leave out --executor local")
        return _local_backend(jobs or 1, folders)
    if jobs and address:
        raise Failure(
            "--jobs says how many processors of this machine are used",
            "leave it out: a cluster has its own size",
        )
    if executor != "ray":
        raise Failure(f"there is no executor `{executor}`", "choose ray or local")
    from w2sdl_runtime.backends.ray_backend import RayBackend

    return RayBackend(address, jobs, paths=folders, modules=loaded.modules)


def _local_backend(jobs: int, folders: list[Path]) -> Backend:
    if jobs == 1:
        from w2sdl_runtime.backends.local_backend import LocalBackend

        return LocalBackend()
    from w2sdl_runtime.backends.pool_backend import PoolBackend

    return PoolBackend(jobs, folders)
