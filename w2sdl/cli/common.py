"""What commands share: reading specs and settings, compiling, printing diagnostics."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, TypeVar

import click

from w2sdl.diagnostics import Diagnostic
from w2sdl.formats import FORMATS, Checked, render_checked
from w2sdl.graph import Graph
from w2sdl.libraries import Load, Unreadable
from w2sdl.lock import LockError, lock_path, read_lock
from w2sdl.pipeline import Compilation
from w2sdl.render import WIDTH, render_diagnostics
from w2sdl.signature import Signatures
from w2sdl.source import Source

R = TypeVar("R")


class Failure(click.ClickException):
    """A mistake of the user's or of the environment, already put into words."""

    def __init__(self, message: str, help: str = "", code: str = "") -> None:
        super().__init__(message)
        self.help = help
        self.code = code

    def show(self, file: Any = None) -> None:
        code = f"[{self.code}]" if self.code else ""
        click.echo(f"error{code}: {self.message}", err=True)
        if self.help:
            click.echo(f"  help: {self.help}", err=True)


@contextmanager
def environment_failures(debug: bool = False) -> Iterator[None]:
    """Turn what the environment lacks (a file, a package, disk space, a cluster) into one message."""
    from w2sdl_runtime.op import PrerequisiteError

    try:
        yield
    except PrerequisiteError as problem:
        if debug:
            raise
        raise Failure(problem.message, problem.help, problem.code) from problem
    except OSError as problem:
        if debug or problem.strerror is None:
            raise
        where = f"{problem.filename}: " if problem.filename else ""
        raise Failure(
            f"{where}{problem.strerror.lower()}",
            "is it the place that was meant? (--store and --out say where results go)",
        ) from problem


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

    decorators = [
        click.argument("spec", type=click.Path(path_type=Path)),
        click.option("--profile", "-p", "profiles", multiple=True, metavar="NAME[,NAME]",
                     help="Apply a profile of the spec; later ones win."),
        click.option("--set", "settings", multiple=True, metavar="PATH=VALUE",
                     help="Set a value or an argument, e.g. --set S'.train.epochs=3."),
        click.option("--module", "modules", multiple=True, metavar="PYTHON_MODULE",
                     help="Load operations of your own from a module."),
        error_format_option,
        click.option("--debug", is_flag=True, help="Show tracebacks."),
    ]  # fmt: skip
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


@dataclass(frozen=True)
class Settings:
    """What ``w2sdl.toml`` says, and where things are."""

    root: Path  #: folder of w2sdl.toml, of the git repository, or of the spec
    store: Path
    executor: str = "ray"
    modules: tuple[str, ...] = ()


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
        try:
            return read_lock(lock_path(self.path))
        except LockError as problem:
            raise Failure(
                str(problem), "delete it and write it again: w2sdl lock SPEC"
            ) from problem


def load_settings(spec: Path, store: Path | None = None) -> Settings:
    """Settings for a spec: the nearest ``w2sdl.toml`` above it, or defaults."""
    folder = spec.resolve().parent
    root = next(
        (
            f
            for f in (folder, *folder.parents)
            if (f / "w2sdl.toml").is_file() or (f / ".git").exists()
        ),
        folder,
    )
    values = _read_toml(root / "w2sdl.toml")
    place = store or root / str(values.get("store", ".w2sdl"))
    executor = str(values.get("executor", "ray"))
    return Settings(root, place, executor, tuple(values.get("modules", ())))


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Failure(f"{path} is not valid TOML: {problem}") from problem
    unknown = set(values) - {"store", "executor", "modules"}
    if unknown:
        raise Failure(
            f"{path} has an unknown setting `{sorted(unknown)[0]}`",
            "settings are store, executor and modules",
        )
    return values


def read_source(path: Path, name: str = "") -> Source:
    """Read a spec, called ``name``; every way in which that can fail is said in a sentence."""
    shown = name or str(path)
    if path.is_dir():
        raise Failure(f"{shown} is a folder", "name a .w2s file")
    try:
        # "-sig", since editors on Windows write a byte order mark first.
        return Source(shown, path.read_text("utf-8-sig"))
    except FileNotFoundError as problem:
        raise Failure(f"there is no file {shown}", _near_files(path)) from problem
    except UnicodeDecodeError as problem:
        raise Failure(
            f"{shown} is not UTF-8 text: {problem.reason} in line {_line_of(problem)}",
            "save it as UTF-8",
        ) from problem
    except OSError as problem:
        raise Failure(f"{shown} can't be read: {problem.strerror}") from problem


def load_library(spec: Path) -> Load:
    """Reads the files that a spec imports: those in or below its folder, links not followed out of it."""
    folder = spec.resolve().parent

    def load(path: str) -> Source:
        found = (folder / path).resolve()
        if not found.is_relative_to(folder):
            raise Unreadable("it lies outside the folder of the spec")
        try:
            return read_source(found, str(spec.parent / path))
        except Failure as problem:
            raise Unreadable(problem.message) from problem

    return load


def _line_of(problem: UnicodeDecodeError) -> int:
    return problem.object.count(b"\n", 0, problem.start) + 1


def _near_files(path: Path) -> str:
    from w2sdl.suggest import nearest_names

    folder = path.parent if path.parent.is_dir() else Path()
    near = nearest_names(path.name, [p.name for p in folder.glob("*.w2s")])
    return f"did you mean {folder / near[0]}?" if near else ""


def load_signatures(modules: Sequence[str], folders: Sequence[Path]) -> Signatures:
    """The operations of the runtime, of installed packages and of the user's modules."""
    from w2sdl_runtime.registry import load_signatures as load

    if modules:
        sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path]
    try:
        return load(tuple(modules))
    except (ImportError, TypeError, SyntaxError) as problem:
        raise Failure(
            f"operations can't be loaded: {problem}",
            "--module and `modules` in w2sdl.toml name Python modules, found beside the spec, "
            "in its repository or in the current folder",
        ) from problem


def module_folders(spec: Path, root: Path) -> list[Path]:
    """Where the user's modules are looked for."""
    return [spec.resolve().parent, root, Path.cwd()]


def load_spec(request: Request, store: Path | None = None) -> Loaded:
    """Read and compile a spec. Diagnostics are in the compilation; nothing is printed."""
    source = read_source(request.spec)
    found = load_settings(request.spec, store)
    names = tuple(name for text in request.profiles for name in text.split(",") if name)
    every = (*found.modules, *request.modules)
    signatures = load_signatures(every, module_folders(request.spec, found.root))
    compilation = Compilation(
        source, signatures, names, request.settings, str(Path.cwd()), load_library(request.spec)
    )
    return Loaded(
        request.spec, compilation, found, every, names, request.settings, request.error_format
    )


def require_valid(loaded: Loaded) -> Graph:
    """The graph of a spec. Prints diagnostics; stops with exit code 1 if there are errors."""
    found, graph = loaded.compilation.diagnostics, loaded.compilation.graph
    nodes = len(graph.nodes) if graph else None
    if loaded.error_format == "human":
        print_diagnostics(found)
    else:  # standard output belongs to what the command makes
        checked = Checked(str(loaded.path), found, nodes)
        click.echo(render_checked(loaded.error_format, [checked]), err=True, nl=False)
    if graph is None:
        if loaded.error_format == "human":
            count = sum(d.level == "error" for d in found)
            plural = "s" if count != 1 else ""
            click.echo(f"{loaded.path}: {count} error{plural}; nothing was run", err=True)
        raise click.exceptions.Exit(1)
    return graph


def print_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics go to standard error, coloured on a terminal unless NO_COLOR is set."""
    if diagnostics:
        terminal = sys.stderr.isatty()
        width = max(60, get_terminal_size().columns - 8) if terminal else WIDTH
        color = terminal and not os.environ.get("NO_COLOR")
        click.echo(render_diagnostics(diagnostics, color, width), err=True)
