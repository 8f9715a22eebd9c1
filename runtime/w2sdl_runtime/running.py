"""Runs a spec from Python, as `w2sdl run` does, and gives its results."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from w2sdl.api import compile_file
from w2sdl.budget import NO_BUDGET, Budget, parse_budget
from w2sdl.graph import Graph
from w2sdl.location import parse_location, store_words
from w2sdl.lock import lock_path, read_lock
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.project import InputError, load_settings, module_folders
from w2sdl_runtime.confinement import Confinement
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.results import Run, read_results
from w2sdl_runtime.storage.opening import open_store

if TYPE_CHECKING:
    from w2sdl_runtime.driver.execute import BackendFactory, Options
    from w2sdl_runtime.runs.run_record import RunRequest
    from w2sdl_runtime.storage.store import Store


class InvalidSpec(InputError):
    """The spec has errors: ``compilation.diagnostics`` holds them, the message shows them."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        name = compilation.source.name
        shown = render_diagnostics(compilation.diagnostics)
        super().__init__(f"{name} has errors\n{shown}", f"w2sdl check {name}")


def run_file(
    spec: str | Path,
    *,
    store: str | Path | None = None,
    executor: str = "",
    address: str | None = None,
    profiles: Sequence[str] = (),
    settings: Sequence[str] = (),
    modules: Sequence[str] = (),
    device: str = "auto",
    keep_going: bool = False,
    budget: str | None = None,
    progress: TextIO | None = None,
) -> Run:
    """Compute what is not stored yet of a spec, and give its results.

    A node that fails raises nothing: ``failures`` of the result holds it.

    Args:
        spec: the file.
        store: where results are kept, a folder or a URL; without one, that of the spec's project.
        executor: "ray" or "local"; without one, that of the spec's project.
        address: of a Ray cluster; without it Ray runs on this machine.
        profiles: names of profiles to apply, in order.
        settings: ``path=value`` texts, as ``--set`` takes them.
        modules: Python modules with operations of one's own.
        device: "auto", "cpu" or "cuda".
        keep_going: a failure stops only what depends on it.
        budget: "12gpuh", "30cpuh" or "2h": once that is spent nothing more is begun, and the status
            is "incomplete"; "none" for none. Without one, that of the spec's project.
        progress: where to show how far it is, such as ``sys.stdout``.

    Raises:
        InvalidSpec: when the spec has errors.
        InputError: for what is wrong outside the spec.
    """
    from w2sdl_runtime.backends.choosing import choose_executor
    from w2sdl_runtime.driver.execute import Options
    from w2sdl_runtime.runs.requested import request_of

    place = Path(spec)
    project = load_settings(place, parse_location(str(store)) if store else None)
    made = compile_file(place, profiles=profiles, settings=settings, modules=modules)
    graph = made.graph
    if graph is None:
        raise InvalidSpec(made)
    every = (*project.modules, *modules)
    base = place.resolve().parent
    options = Options(
        base=base,
        lock=read_lock(lock_path(place)),
        modules=every,
        device=device,
        keep_going=keep_going,
        confinement=Confinement.of(base, project.root, project.paths, settings),
        budget=_budget(budget, project.budget),
    )
    _require_device(device)
    chosen = choose_executor(executor or project.executor, address)
    backend = partial(chosen.backend, module_folders(place, project.root), every)
    more = [*store_words(project.store), "--executor", chosen.name, "--device", device]
    more += _words(address, keep_going, budget)
    request = request_of(place, made, every, more)
    return _run(graph, open_store(project.store), backend, request, options, progress)


def _words(address: str | None, keep_going: bool, budget: str | None) -> list[str]:
    """What was asked for as `w2sdl run` would be: a run records how it can be had again."""
    found = ["--address", address] if address else []
    found += ["--keep-going"] if keep_going else []
    return [*found, "--budget", budget] if budget else found


def _require_device(device: str) -> None:
    if device not in ("auto", "cpu", "cuda"):
        raise PrerequisiteError(f"there is no device `{device}`", "choose auto, cpu or cuda")


def _run(
    graph: Graph,
    store: Store,
    backend: BackendFactory,
    request: RunRequest,
    options: Options,
    progress: TextIO | None,
) -> Run:
    from w2sdl_runtime.console.console import RunConsole
    from w2sdl_runtime.driver.execute import run_graph
    from w2sdl_runtime.runs.run_record import RunRecord
    from w2sdl_runtime.runs.timings import Timings

    record = RunRecord.create(store, graph, request)
    estimate = Timings(store.root / "timings.json").seen
    quiet = progress is None
    with RunConsole(graph, progress or io.StringIO(), quiet, estimate, record.folder) as console:
        run_graph(graph, store, backend, record, options, [console])
    return read_results(record.folder, store)


def _budget(given: str | None, usual: Budget | None) -> Budget | None:
    if given is None:
        return usual
    return None if given == NO_BUDGET else parse_budget(given, "budget")
