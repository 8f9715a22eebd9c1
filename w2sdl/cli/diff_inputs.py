"""The two sides of ``w2sdl diff``: a file, a file at a git revision, or a run, each with its graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl.checking.libraries import Load, Unreadable
from w2sdl.cli.common import (
    Failure,
    Request,
    environment_failures,
    input_failures,
    load_settings,
    load_signatures,
    module_folders,
    read_source,
    show_found,
    stop,
)
from w2sdl.cli.git_tree import GitTree
from w2sdl.graph import Graph
from w2sdl.location import Location
from w2sdl.lock import LockError, lock_from_text, lock_path, read_lock
from w2sdl.messages.formats import Checked
from w2sdl.pipeline import Compilation
from w2sdl.project import load_below
from w2sdl.signature import Signatures
from w2sdl.source import Source

if TYPE_CHECKING:
    from w2sdl_runtime.runs.loaded_run import LoadedRun


@dataclass(frozen=True)
class Side:
    """A design to compare, with where its files and commits come from."""

    name: str
    graph: Graph
    spec: Path
    lock: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    tree: GitTree | None = None
    run: LoadedRun | None = None
    changes: tuple[str, ...] = ()  #: words of a command line that change what the spec means

    @property
    def base(self) -> Path:
        """Where relative paths in the spec start."""
        return self.spec.resolve().parent


@dataclass(frozen=True)
class Place:
    """What the user named, taken apart: a file, perhaps at a revision, or a run."""

    path: Path | None = None
    rev: str = ""
    run: str = ""

    @classmethod
    def of(cls, text: str) -> Place:
        """A file that is there wins; then ``SPEC@REV``; what is no path is a run."""
        if Path(text).exists():
            return cls(Path(text))
        cut = text.find(".w2s@")
        cut = cut + 4 if cut >= 0 else text.find("@")
        if cut > 0:
            return cls(Path(text[:cut]), text[cut + 1 :])
        if text.endswith(".w2s") or "/" in text:
            return cls(Path(text))
        return cls(run=text)

    @property
    def near(self) -> Path:
        """A spec whose settings hold here."""
        return self.path or Path.cwd() / "spec"


def both_signatures(places: Sequence[Place], modules: tuple[str, ...]) -> Signatures:
    """The operations of both sides together, so that either is understood."""
    found = [load_settings(place.near) for place in places]
    every = tuple(dict.fromkeys([*(m for s in found for m in s.modules), *modules]))
    folders = [
        folder
        for place, settings in zip(places, found, strict=True)
        for folder in module_folders(place.near, settings.root)
    ]
    return load_signatures(every, folders)


def open_side(place: Place, request: Request, signatures: Signatures, store: Location) -> Side:
    """Read one side and compile it.

    Raises:
        Failure: when it is not there.
        click.exceptions.Exit: after diagnostics, when it does not compile.
    """
    if place.run:
        return _open_run(place.run, request, store)
    path = place.path or Path()
    if not place.rev:
        source, tree, load = read_source(path), None, load_below(path)
        lock = _lock(path, None)
    else:
        tree = GitTree.open(path, place.rev)
        source = Source(f"{path}@{place.rev}", tree.text(path))
        load, lock = git_library(tree, path), _lock(path, tree)
    graph = compiled(source, request, signatures, load)
    changes = _changes(request)
    name = " ".join([source.name, *changes])
    return Side(name, graph, path, lock, source.text, tree, changes=changes)


def _changes(request: Request) -> tuple[str, ...]:
    words = [word for profile in request.profiles for word in ("--profile", profile)]
    return (*words, *(word for setting in request.settings for word in ("--set", setting)))


def compilation_of(
    source: Source, request: Request, signatures: Signatures, load: Load
) -> Compilation:
    """A spec on its way to a graph, with what the command line changes of it."""
    profiles = [name for text in request.profiles for name in text.split(",") if name]
    return Compilation(source, signatures, profiles, request.settings, str(Path.cwd()), load=load)


def compiled(source: Source, request: Request, signatures: Signatures, load: Load) -> Graph:
    """The graph of a spec; diagnostics are printed only where it has none."""
    compilation = compilation_of(source, request, signatures, load)
    if compilation.graph is None:
        checked = Checked(source.name, compilation.diagnostics)
        show_found(checked, request.error_format)
        stop(checked, request.error_format, "nothing was compared")
    return compilation.graph


def git_library(tree: GitTree, spec: Path) -> Load:
    """Reads imported files as they are at a revision."""

    def load(path: str) -> Source:
        try:
            return Source(f"{spec.parent / path}@{tree.rev}", tree.text(spec.parent / path))
        except Failure as problem:
            raise Unreadable(problem.message) from problem

    return load


def _lock(spec: Path, tree: GitTree | None) -> Mapping[str, str]:
    path = lock_path(spec)
    with input_failures():
        if tree is None:
            return read_lock(path)
        found = tree.blob(tree.path(path))
        if found is None:
            return {}
        name = f"{path}@{tree.rev}"
        try:
            return lock_from_text(found.decode(), name).revisions
        except UnicodeDecodeError as problem:
            raise LockError(f"{name} can't be read as a lock file: {problem}") from problem


def _open_run(name: str, request: Request, store: Location) -> Side:
    from w2sdl_runtime.runs.loaded_run import load_run
    from w2sdl_runtime.storage.opening import open_store

    if request.profiles or request.settings:
        raise Failure(
            f"`{name}` is a run: profiles and settings can't change what was run",
            "give them to a spec; --a-set and --b-set change one side only",
        )
    with environment_failures(request.debug):
        run = load_run(open_store(store), name)
        graph = run.graph()
    return Side(f"run {run.info.run}", graph, Path(run.info.spec_path), run=run)
