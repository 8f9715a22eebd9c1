"""The Python API: a text or a file to a `Compilation`. ``import w2sdl`` offers these names lazily."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from w2sdl.checking.libraries import Load
from w2sdl.checking.run_defaults import read_defaults
from w2sdl.discover import load_signatures
from w2sdl.messages.diagnostics import Diagnostic, Level
from w2sdl.pipeline import Compilation, Parse
from w2sdl.project import (
    InputError,
    Settings,
    load_below,
    load_settings,
    module_folders,
    read_source,
)
from w2sdl.source import Source, Span
from w2sdl.syntax.parse import parse_module

__all__ = [
    "Compilation",
    "Diagnostic",
    "InputError",
    "Level",
    "Source",
    "Span",
    "compile_file",
    "compile_source",
    "compile_text",
    "load_signatures",
]


def compile_text(
    text: str,
    *,
    name: str = "spec.w2s",
    profiles: Sequence[str] = (),
    settings: Sequence[str] = (),
    modules: Sequence[str] = (),
    folder: str | Path | None = None,
) -> Compilation:
    """Compile a text. Nothing is parsed or checked before a stage of the result is asked for.

    Args:
        text: the spec.
        name: what messages call it.
        profiles: names of profiles to apply, in order; later ones win.
        settings: ``path=value`` texts to apply after them, as ``--set`` takes them.
        modules: Python modules with operations of one's own.
        folder: the folder that the spec is taken to lie in. Without one it can import no file, and
            the settings are those of the current folder.

    Raises:
        InputError: when the operations can't be loaded. Mistakes in the spec are never raised: they
            are the ``diagnostics`` of the result.
    """
    place = (Path(folder) if folder is not None else Path()) / (Path(name).name or "spec.w2s")
    found = load_settings(place)
    load = load_below(place) if folder is not None else None
    return compile_source(
        Source(name, text), place, found, (profiles, settings, modules), load=load
    )


def compile_file(
    path: str | Path,
    *,
    profiles: Sequence[str] = (),
    settings: Sequence[str] = (),
    modules: Sequence[str] = (),
) -> Compilation:
    """Compile a file. Arguments are those of `compile_text`.

    Raises:
        InputError: when the file can't be read, or the operations can't be loaded.
    """
    place = Path(path)
    source = read_source(place)
    changes = (profiles, settings, modules)
    load = load_below(place)
    return compile_source(source, place, load_settings(place), changes, load=load)


def compile_source(
    source: Source,
    place: Path,
    project: Settings,
    changes: tuple[Sequence[str], Sequence[str], Sequence[str]] = ((), (), ()),
    *,
    load: Load | None = None,
    parse: Parse = parse_module,
) -> Compilation:
    """Compile a source that stands for the file at ``place``, in a project with its settings.

    ``changes`` are profiles, settings and modules, as `compile_text` takes them; ``load`` and
    ``parse`` are those of `Compilation`.
    """
    profiles, settings, modules = changes
    signatures = load_signatures((*project.modules, *modules), module_folders(place, project.root))
    names = tuple(name for text in profiles for name in text.split(",") if name)
    defaults = read_defaults(project.run, signatures, project.root / "w2sdl.toml")
    return Compilation(
        source,
        signatures,
        names,
        settings,
        str(Path.cwd()),
        load=load,
        parse=parse,
        defaults=defaults,
    )
