"""Opens imported files: paths stay under the spec's folder, nothing imports itself, each is read once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PureWindowsPath

from w2sdl.errors import modules as errors
from w2sdl.errors import types
from w2sdl.messages.diagnostics import Collector
from w2sdl.source import Source
from w2sdl.syntax import nodes
from w2sdl.syntax.parse import parse_module

MAX_DEPTH = 20
MAX_PATH = 500
MAX_IMPORTS = 200  #: counted with repetitions: two files that import two each double at each level

#: Reads a file by its path below the folder of the spec, with "/" between names.
#: Raises `Unreadable` with a sentence.
Load = Callable[[str], Source]


class Unreadable(Exception):
    """A library that can't be read; the message says why."""


class Libraries:
    """The files that a spec imports, by path below its folder."""

    def __init__(self, load: Load | None) -> None:
        self._load = load
        self.opened: dict[str, nodes.Module] = {}  #: by path, in the order first met
        self._count = 0
        self._paths: dict[int, str] = {}  # source -> its path, to resolve what it imports in turn

    def open(
        self, line: nodes.Import, importer: Source, stack: tuple[str, ...], found: Collector
    ) -> tuple[str, nodes.Module] | None:
        """The path and the module of an import; None after a message."""
        path = self._resolve(line, importer, found)
        if path is None or self._count > MAX_IMPORTS:
            return None
        self._count += 1
        if self._count > MAX_IMPORTS:
            reason = f"with what its libraries import, a spec may have {MAX_IMPORTS} imports"
            found.add(errors.CannotImport(span=line.span, path=line.path, reason=reason))
            return None
        if path in stack or len(stack) >= MAX_DEPTH:
            shown = " → ".join([*stack, path])
            found.add(errors.ImportCycle(span=line.span, path=line.path, cycle=shown))
            return None
        module = self.opened.get(path) or self._read(path, line, found)
        return (path, module) if module is not None else None

    def _resolve(self, line: nodes.Import, importer: Source, found: Collector) -> str | None:
        windows = PureWindowsPath(line.path)
        here = posixpath.dirname(self._paths.get(id(importer), ""))
        path = posixpath.normpath(posixpath.join(here, line.path))
        if len(path) > MAX_PATH:
            reason = f"the path has more than {MAX_PATH} characters"
            found.add(errors.CannotImport(span=line.span, path=f"{path[:40]}…", reason=reason))
            return None
        if windows.is_absolute() or windows.drive or path.startswith(("/", "..")):
            found.add(types.PathEscapes(span=line.span, path=line.path))
            return None
        return path

    def text(self, path: str) -> str | None:
        """A file that a spec names by its path, such as a template; None where it can't be read here."""
        plain = posixpath.normpath(path)
        if self._load is None or len(path) > MAX_PATH or plain.startswith(("/", "..", "~")):
            return None
        try:
            return self._load(plain).text
        except Unreadable:
            return None

    def _read(self, path: str, line: nodes.Import, found: Collector) -> nodes.Module | None:
        if self._load is None:
            reason = "this text was compiled without a folder"
            found.add(errors.CannotImport(span=line.span, path=line.path, reason=reason))
            return None
        try:
            source = self._load(path)
        except Unreadable as problem:
            found.add(errors.CannotImport(span=line.span, path=line.path, reason=str(problem)))
            return None
        module, problems = parse_module(source)
        found.extend(problems)
        self.opened[path] = module
        self._paths[id(module.source)] = path
        return module
