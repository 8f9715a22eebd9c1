"""Runs a spec from Python, as `w2sdl run` does, and gives its results."""

from __future__ import annotations

import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from w2sdl.api import compile_file
from w2sdl.graph import Graph
from w2sdl.location import parse_location
from w2sdl.lock import LockError, lock_path, read_lock
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.project import InputError, Settings, load_settings, module_folders
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.results import Run, read_results
from w2sdl_runtime.storage.opening import open_store

if TYPE_CHECKING:
    from w2sdl_runtime.backends.backend import Backend
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
        progress: where to show how far it is, such as ``sys.stdout``.

    Raises:
        InvalidSpec: when the spec has errors.
        InputError: for what is wrong outside the spec.
    """
    from w2sdl_runtime.driver.execute import Options

    place = Path(spec)
    project = load_settings(place, parse_location(str(store)) if store else None)
    made = compile_file(place, profiles=profiles, settings=settings, modules=modules)
    graph = made.graph
    if graph is None:
        raise InvalidSpec(made)
    every = (*project.modules, *modules)
    options = Options(
        base=place.resolve().parent,
        lock=_lock(place),
        modules=every,
        device=device,
        keep_going=keep_going,
    )
    chosen = executor or project.executor
    _require_possible(chosen, address, device)

    def backend() -> Backend:
        return _backend(chosen, address, place, project, every)

    opened = open_store(project.store)
    return _run(graph, opened, backend, _request(place, made, every), options, progress)


def _require_possible(executor: str, address: str | None, device: str) -> None:
    """Also where nothing is left to compute."""
    from w2sdl_runtime.cluster.ray_cluster import check_address, chosen_address

    if executor not in ("ray", "local"):
        raise PrerequisiteError(f"there is no executor `{executor}`", "choose ray or local")
    if device not in ("auto", "cpu", "cuda"):
        raise PrerequisiteError(f"there is no device `{device}`", "choose auto, cpu or cuda")
    if executor == "local" and address:
        raise PrerequisiteError("an address needs the ray executor", "leave out one of them")
    if executor == "ray" and (place := chosen_address(address)) is not None:
        check_address(place)


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


def _lock(spec: Path) -> dict[str, str]:
    try:
        return read_lock(lock_path(spec))
    except LockError as problem:
        raise PrerequisiteError(str(problem), f"delete it, and: w2sdl lock {spec}") from problem


def _backend(
    executor: str, address: str | None, spec: Path, project: Settings, modules: tuple[str, ...]
) -> Backend:
    if executor == "local":
        from w2sdl_runtime.backends.local_backend import LocalBackend

        return LocalBackend()
    from w2sdl_runtime.backends.ray_backend import RayBackend
    from w2sdl_runtime.cluster.ray_cluster import chosen_address

    folders = module_folders(spec, project.root)
    return RayBackend(chosen_address(address), paths=folders, modules=modules)


def _request(spec: Path, made: Compilation, modules: tuple[str, ...]) -> RunRequest:
    from w2sdl.show import program_text
    from w2sdl_runtime.provenance import masked
    from w2sdl_runtime.runs.run_record import RunRequest

    words = ["run", str(spec)]
    for option, values in (
        ("--profile", made.profiles),
        ("--set", made.settings),
        ("--module", modules),
    ):
        words += [word for value in values for word in (option, value)]
    command = shlex.join(["w2sdl", *words])
    kept = masked(command)
    again = {"folder": str(Path.cwd()), "arguments": words} if kept == command else {}
    return RunRequest(
        spec_path=str(spec),
        spec_text=made.source.text,
        resolved_text=program_text(made.program),
        profiles=made.profiles,
        overrides=list(made.settings),
        command=kept,
        again=again,
        warnings=[found.title() for found in made.diagnostics],
    )
