"""``w2sdl run``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.again import words_again
from w2sdl.cli.common import (
    Failure,
    Request,
    environment_failures,
    module_folders,
    spec_argument,
)
from w2sdl.cli.confined import confinement_of
from w2sdl.cli.finishing import finish
from w2sdl.cli.locked import locked_option, require_locked
from w2sdl.cli.machine_options import (
    api_key_option,
    budget_option,
    chosen_budget,
    executor_of,
    machine_options,
)
from w2sdl.cli.options import store_option
from w2sdl.cli.plan import exit_code, foresight_of, print_plan
from w2sdl.cli.run_work import Work, work_of
from w2sdl.cli.selecting import force_options, selection_options
from w2sdl.cli.watching import watching
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.runs.run_record import RunRecord


@click.command("run")
@spec_argument
@store_option
@machine_options
@api_key_option
@budget_option
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
            foresight = foresight_of(todo.loaded, todo.graph, options)
            made = todo.planned(foresight)
            print_plan(made, todo.loaded, todo.graph)
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
    from w2sdl_runtime.runs.requested import request_of
    from w2sdl_runtime.runs.run_record import RunRecord
    from w2sdl_runtime.storage.opening import open_store

    loaded, graph = todo.loaded, todo.graph
    executor = executor_of(options, loaded.settings)
    budget = chosen_budget(options["budget"], loaded.settings)
    folders = module_folders(loaded.path, loaded.settings.root)
    store = open_store(loaded.settings.store)
    more = words_again(click.get_current_context(), loaded)
    request = request_of(loaded.path, loaded.compilation, loaded.modules, more)
    record = RunRecord.create(store, graph, request)
    if store.caution and not options["as_json"]:  # known since the record was made
        click.echo(f"warning: {store.caution}", err=True)
    chosen = Options(
        base=loaded.base,
        lock=loaded.lock,
        modules=loaded.modules,
        device=options["device"],
        keep_going=options["keep_going"],
        force=todo.force,
        only=todo.only(options["as_json"]),
        confinement=confinement_of(loaded),
        budget=budget,
    )
    how = {"quiet": options["quiet"], "as_json": options["as_json"]}
    backend = partial(executor.backend, folders, loaded.modules, store.root)
    with _unread(record):
        with watching(graph, record, store, **how) as sinks:
            result = run_graph(graph, store, backend, record, chosen, sinks)
        return finish(graph, store, record, result, {**options, "is_plan": todo.saved is not None})


@contextmanager
def _unread(record: RunRecord) -> Iterator[None]:
    """Whoever read the output went away (`w2sdl run SPEC | head`): the run ends, and is said to have."""
    try:
        yield
    except BrokenPipeError as error:
        if record.info.status == "running":  # it came before the driver began
            record.ended_by(error)
            record.finish("failed")
        raise Failure(
            f"nobody reads the output of {record.run} any more (a closed pipe), so it stopped",
            "the same command goes on from here; with `> FILE` it needs no reader",
        ) from error
