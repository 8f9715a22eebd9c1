"""What is known of one text of a document: its compilation so far, its messages, its names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from posixpath import dirname, join, normpath

from w2sdl.api import compile_source
from w2sdl.checking.libraries import Load
from w2sdl.errors.names import NoExperiment, NothingToRun
from w2sdl.kinds import Kind
from w2sdl.lsp.index import FileIndex
from w2sdl.messages.diagnostics import Diagnostic, has_errors
from w2sdl.pipeline import Compilation, Parse
from w2sdl.program import Program
from w2sdl.project import InputError, Settings, load_below, load_settings
from w2sdl.signature import Signatures
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes
from w2sdl.syntax.lexer import Lexeme, lexer
from w2sdl.syntax.parse import parse_module

log = logging.getLogger(__name__)

MAX_LENGTH = 400_000  #: about 6,000 lines
NEAR = 5_000  #: characters behind an offset that are looked at

#: The text of a file that is open in the editor; None for any other.
OpenText = Callable[[Path], str | None]


class Analysis:
    """One text. Nothing is done before it is asked for, and each thing once.

    Args:
        text: the document as it is in the editor.
        place: the file that it is, or would be.
        opened: texts that other documents of the editor have and their files don't have yet.
        parse: parses the text; one that remembers the text before is faster.
        earlier: kinds of names as they were before the last edits broke something.
    """

    def __init__(
        self,
        text: str,
        place: Path,
        opened: OpenText = lambda path: None,
        parse: Parse = parse_module,
        earlier: Mapping[str, Kind] | None = None,
    ) -> None:
        # A byte order mark is no part of a spec; a blank in its place keeps all offsets.
        self.text = " " + text[1:] if text.startswith("\ufeff") else text
        self.place = place
        self.failed: Exception | None = None  #: a mistake of ours, not of the user's
        self._opened = opened
        self._parse = parse
        self._earlier = earlier or {}

    @cached_property
    def source(self) -> Source:
        return Source(str(self.place), self.text)

    @cached_property
    def project(self) -> Settings:
        return load_settings(self.place)

    @cached_property
    def compilation(self) -> Compilation:
        """The compilation of this text.

        Raises:
            InputError: when operations or settings can't be loaded.
        """
        return self.compile(self._parse)

    def compile(self, parse: Parse = parse_module) -> Compilation:
        """A compilation of its own, for another thread."""
        if len(self.text) > MAX_LENGTH:
            raise InputError(
                f"this text has more than {MAX_LENGTH:,} characters: too many to follow while you type",
                "`w2sdl check` takes longer ones; a library (`import`) makes a spec shorter",
            )
        return compile_source(self.source, self.place, self.project, load=self.load, parse=parse)

    @cached_property
    def load(self) -> Load:
        """Reads imported files: as the editor has them, or else from disk."""
        below = load_below(self.place)

        def load(path: str) -> Source:
            text = self._opened((self.place.parent / path).resolve())
            return Source(str(self.place.parent / path), text) if text is not None else below(path)

        return load

    @cached_property
    def problem(self) -> InputError | None:
        """Why nothing can be compiled at all, if so."""
        try:
            _ = self.compilation
        except InputError as problem:
            return problem
        return None

    @cached_property
    def messages(self) -> tuple[Diagnostic, ...]:
        """What parsing and checking have to say. The graph, and the rules on it, come later."""
        if self.problem is not None:
            return ()
        try:
            found = self.compilation.checked
        except Exception as failure:
            log.exception("checking failed")
            self.failed = failure
            return ()
        return self.relevant(found)

    def relevant(self, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
        """Messages without those that ask a library to be an experiment."""
        if not self.is_library:
            return found
        return tuple(d for d in found if not isinstance(d, NoExperiment | NothingToRun))

    @cached_property
    def is_library(self) -> bool:
        """Whether the file is one to be imported: it declares something, and nothing to be run."""
        spec = nodes.Experiment | nodes.Measure | nodes.Expect | nodes.Baseline | nodes.Profile
        declared = self.parsed.declarations
        return bool(declared) and not any(isinstance(d, spec) for d in declared)

    @cached_property
    def parsed(self) -> nodes.Module:
        """The syntax as written, also where nothing can be compiled."""
        try:
            if self.problem is None:
                return self.compilation.parsed
            if len(self.text) <= MAX_LENGTH:
                return parse_module(self.source)[0]
        except Exception as failure:
            log.exception("parsing failed")
            self.failed = failure
        return nodes.Module(self.source)

    @property
    def is_readable(self) -> bool:
        """Whether the text has no syntax errors."""
        if self.problem is None:
            return self.compilation.is_readable
        return not has_errors(parse_module(self.source)[1])

    @property
    def signatures(self) -> Signatures:
        if self.problem is not None:
            return Signatures({}, {})
        return self.compilation.signatures

    @cached_property
    def program(self) -> Program | None:
        """The checked program, as far as it was understood."""
        _ = self.messages
        return None if self.problem or self.failed else self.compilation.program

    def lexemes_around(self, offset: int) -> list[Lexeme]:
        """The lexemes of the declaration at an offset, and of what stands near it."""
        starts = (d.span.start for d in self.parsed.declarations)
        start = max((start for start in starts if start <= offset), default=0)
        return lexer().lexemes(self.text, start, min(len(self.text), offset + NEAR))

    @cached_property
    def index(self) -> FileIndex:
        """All names of the file, and where they are used."""
        return FileIndex(self.parsed, self.signatures, self._library(""))

    def _library(self, importer: str) -> Callable[[nodes.Import], FileIndex | None]:
        """Opens what a file imports; ``importer`` is its own path below the folder of this one."""

        def open_library(line: nodes.Import) -> FileIndex | None:
            path = normpath(join(dirname(importer), line.path))
            module = self._module(path)
            if module is None:
                return None
            return FileIndex(module, self.signatures, self._library(path))

        return open_library

    def _module(self, path: str) -> nodes.Module | None:
        if self.problem is not None:
            return None
        try:
            _ = self.compilation.module  # writing imports out opens them
        except Exception as failure:
            log.exception("imports can't be written out")
            self.failed = failure
        return self.compilation.libraries.opened.get(path)

    def import_of(self, source: Source) -> Span | None:
        """The import that brings in another file: the one that names it, or else the first."""
        lines = [d for d in self.parsed.declarations if isinstance(d, nodes.Import)]
        named = [d for d in lines if Path(source.name) == self.place.parent / normpath(d.path)]
        return next((line.span for line in (*named, *lines)), None)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of every named node that was understood, now or before.

        A text that was not checked yet is not checked for this: what was known of the text before
        will do, and comes at once.
        """
        if self._earlier and not self.is_checked:
            return self._earlier
        return {**self._earlier, **self.known_kinds()}

    @property
    def is_checked(self) -> bool:
        return "messages" in self.__dict__

    def known_kinds(self) -> dict[str, Kind]:
        """The kinds of the nodes of this text."""
        program = self.program
        return {name: b.kind for name, b in program.bindings.items()} if program else {}

    @cached_property
    def libraries(self) -> frozenset[Path]:
        """The files that this one imports, by one step or several."""
        if self.program is None:
            return frozenset()
        opened = self.compilation.libraries.opened
        return frozenset((self.place.parent / path).resolve() for path in opened)
