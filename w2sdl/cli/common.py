"""What commands share: reading specs and settings, compiling, printing diagnostics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn, TypeVar

import click

from w2sdl import discover, project
from w2sdl.api import compile_source
from w2sdl.cli.failures import Failure, environment_failures, input_failures
from w2sdl.cli.options import debug_option, design_options, in_order
from w2sdl.cli.output import has_color
from w2sdl.graph import Graph
from w2sdl.location import Location, StoreChoice
from w2sdl.lock import Lock, load_lock, lock_path
from w2sdl.messages.diagnostics import Diagnostic, Level
from w2sdl.messages.formats import FORMATS, Checked, render_checked
from w2sdl.messages.render import WIDTH, render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.project import Settings, module_folders
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl.wording import how_many

R = TypeVar("R")

__all__ = [
    "Failure",
    "Loaded",
    "Request",
    "environment_failures",
    "input_failures",
    "load_settings",
    "load_signatures",
    "load_spec",
    "module_folders",
    "print_diagnostics",
    "read_source",
    "require_valid",
    "spec_argument",
]


@dataclass(frozen=True)
class Request:
    """A spec, and what the command line changes of it."""

    spec: Path
    profiles: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    debug: bool = False
    error_format: str = "human"


#: How messages about specs are printed. The exit code does not depend on it.
error_format_option = click.option(
    "--error-format", type=click.Choice(FORMATS), default="human", help="How messages are printed."
)


def spec_argument(function: Callable[..., R]) -> Callable[..., R]:
    """The SPEC argument and the options that change what a spec means, as one `Request`."""

    @wraps(function)
    def command(
        *,
        spec: Path,
        profiles: tuple[str, ...],
        settings: tuple[str, ...],
        modules: tuple[str, ...],
        debug: bool,
        error_format: str,
        **options: Any,
    ) -> R:
        request = Request(spec, profiles, settings, modules, debug, error_format)
        return function(request, **options)

    spec = click.argument("spec", type=click.Path(path_type=Path))
    return in_order(command, spec, design_options, error_format_option, debug_option)


@dataclass(frozen=True)
class Loaded:
    """A spec read from disk, compiled."""

    path: Path
    compilation: Compilation
    settings: Settings
    modules: tuple[str, ...]
    profiles: tuple[str, ...] = ()
    overrides: tuple[str, ...] = field(default=())
    error_format: str = "human"

    @property
    def base(self) -> Path:
        """Where relative paths in the spec start."""
        return self.path.resolve().parent

    @property
    def lock(self) -> dict[str, str]:
        """Commits of hub repositories, from the lock file beside the spec."""
        found = self.full_lock
        return dict(found.revisions) if found is not None else {}

    @property
    def full_lock(self) -> Lock | None:
        """All of the lock file beside the spec; None where there is none."""
        with input_failures():
            return load_lock(lock_path(self.path))


def load_settings(spec: Path, store: Location | StoreChoice | None = None) -> Settings:
    """Settings for a spec: the nearest ``w2sdl.toml`` above it, or defaults."""
    with input_failures():
        return project.load_settings(spec, store)


def read_source(path: Path, name: str = "") -> Source:
    """The text of a spec, called ``name``."""
    with input_failures():
        return project.read_source(path, name)


def load_signatures(modules: Sequence[str], folders: Sequence[Path]) -> Signatures:
    """The operations of installed packages and of the user's modules."""
    with input_failures():
        return discover.load_signatures(modules, folders)


def load_spec(request: Request, store: Location | StoreChoice | None = None) -> Loaded:
    """Read and compile a spec. Diagnostics are in the compilation; nothing is printed."""
    with input_failures(request.debug):
        source = project.read_source(request.spec)
        if request.spec.suffix == ".json":
            raise Failure(
                f"{request.spec} is no spec: only `w2sdl run` takes a saved plan",
                f"w2sdl run {request.spec}, or name the .w2s file",
            )
        found = project.load_settings(request.spec, store)
        changes = (request.profiles, request.settings, request.modules)
        load = project.load_below(request.spec)
        made = compile_source(source, request.spec, found, changes, load=load)
    every = (*found.modules, *request.modules)
    return Loaded(
        request.spec, made, found, every, made.profiles, request.settings, request.error_format
    )


def require_valid(loaded: Loaded) -> Graph:
    """The graph of a spec. Prints diagnostics; stops with exit code 1 if there are errors."""
    graph = loaded.compilation.graph
    nodes = len(graph.nodes) if graph else None
    checked = Checked(str(loaded.path), loaded.compilation.diagnostics, nodes)
    show_found(checked, loaded.error_format)
    if graph is None:
        stop(checked, loaded.error_format, "nothing was run")
    return graph


def show_found(checked: Checked, error_format: str) -> None:
    """Messages about one spec: on standard error, since the other is for what the command makes."""
    if error_format == "human":
        print_diagnostics(checked.diagnostics)
    else:
        click.echo(render_checked(error_format, [checked]), err=True, nl=False)


def stop(checked: Checked, error_format: str, nothing: str) -> NoReturn:
    """End a command for the errors of a spec that have been shown; ``nothing`` is what it did."""
    if error_format == "human":
        count = sum(d.level is Level.ERROR for d in checked.diagnostics)
        click.echo(f"{checked.spec}: {how_many(count, 'error')}; {nothing}", err=True)
    raise click.exceptions.Exit(1)


def print_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics go to standard error, coloured on a terminal unless NO_COLOR is set."""
    if diagnostics:
        width = max(60, get_terminal_size().columns - 8) if sys.stderr.isatty() else WIDTH
        click.echo(render_diagnostics(diagnostics, has_color(sys.stderr), width), err=True)
