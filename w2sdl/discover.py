"""Finds operations through the entry point group ``w2sdl.ops``: the compiler knows no runtime by name.

An entry point of the group names a module, whose operations are read, or a *provider*: a function of
the names of more modules that returns `Signatures`. ``docs/decisions/0006-signatures-by-entry-point.md``
says why.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import sys
import traceback
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from w2sdl.project import InputError
from w2sdl.signature import Signatures

GROUP = "w2sdl.ops"
_MODULES_HELP = (
    "--module and `modules` in w2sdl.toml name Python modules, found beside the spec, in its "
    "repository or in the current folder"
)


def load_signatures(modules: Sequence[str] = (), folders: Sequence[Path] = ()) -> Signatures:
    """The operations of installed packages and of the user's own ``modules``.

    Args:
        modules: names of Python modules that define operations.
        folders: where to look for them first; put on ``sys.path``, for what they import later.

    Raises:
        InputError: when a module can't be imported or read, or two operations have one name.
    """
    if modules:
        sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path]
    for name in modules:
        _import_own(name, folders)
    return _load(tuple(modules))


def installed_modules() -> tuple[str, ...]:
    """The modules of operations that installed packages name in the group. For providers."""
    return tuple(entry.module for entry in _entries() if not entry.attr)


def _entries() -> Iterable[importlib.metadata.EntryPoint]:
    return sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: entry.name)


@cache
def _load(modules: tuple[str, ...]) -> Signatures:
    providers = [entry for entry in _entries() if entry.attr]
    if not providers:
        raise InputError(
            f"no installed package provides operations (entry point group `{GROUP}`)",
            "install w2sdl itself as a package, once more after an update: pip install -e .",
        )
    return Signatures.join(_provided(entry, modules) for entry in providers)


def _provided(entry: importlib.metadata.EntryPoint, modules: tuple[str, ...]) -> Signatures:
    try:
        provide = entry.load()
    except (ImportError, AttributeError) as problem:
        raise InputError(
            f"the operations of entry point `{entry.name} = {entry.value}` can't be loaded: {problem}",
            "reinstall the package that it belongs to",
        ) from problem
    try:
        found: Signatures = provide(modules)
    except (ImportError, TypeError, ValueError) as problem:
        raise InputError(f"operations can't be read: {problem}", _MODULES_HELP) from problem
    return found


def _import_own(name: str, folders: Sequence[Path]) -> None:
    """Import a user's module; whatever goes wrong in it is theirs to mend, and is told with its line."""
    try:
        module = importlib.import_module(name)
    except Exception as problem:
        if name.endswith(".py") or "/" in name:
            raise InputError(
                f"`{name}` is the path of a file, and no module's name",
                f"leave out folder and ending: {Path(name).stem}; it is found beside the spec, in its "
                "repository or in the current folder",
            ) from problem
        raise InputError(
            f"module `{name}` can't be imported: {_described(problem)}", _MODULES_HELP
        ) from problem
    here = importlib.machinery.PathFinder.find_spec(name, [str(folder) for folder in folders])
    loaded = getattr(module, "__file__", None)
    if here is not None and here.origin and loaded and not _same(here.origin, loaded):
        raise InputError(
            f"there are two modules `{name}`: {loaded} is loaded, {here.origin} is beside the spec",
            "give one of them another name",
        )


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _described(problem: Exception) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if not f.filename.startswith("<frozen") and f.filename != __file__]
    own = [f for f in own if f.filename != importlib.__file__]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    kind = "" if isinstance(problem, ImportError) else f"{type(problem).__name__}: "
    return f"{kind}{problem}{place}"
