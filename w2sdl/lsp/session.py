"""The open documents: each with the analysis of its text as it is now. No protocol, no event loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from w2sdl.checking.pedantic import pedantic
from w2sdl.kinds import Kind
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.edits import Edit, moved
from w2sdl.lsp.incremental import IncrementalParser
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.pipeline import Compilation

MAX_FILES = 300  #: files of a project that a rename looks through


@dataclass
class Document:
    """A text in the editor, with what was found out about it."""

    place: Path
    text: str  #: as the editor has it
    analysis: Analysis
    parser: IncrementalParser
    late: tuple[
        Diagnostic, ...
    ] = ()  #: what only the graph could say, of this text or of one before
    kinds: dict[str, Kind] = field(default_factory=dict)  #: also of names that are broken just now

    @property
    def messages(self) -> list[Diagnostic]:
        """What is known now: of this text, and from before what no edit has touched since."""
        now = self.analysis.messages
        said = {(message.code, message.title()) for message in now}
        return [*now, *(m for m in self.late if (m.code, m.title()) not in said)]


class Session:
    """All documents of one editor."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.pedantic = False  #: whether designs that are legal but say little are warned of

    def open(self, uri: str, place: Path, text: str) -> Document:
        """A document was opened, or opened again."""
        parser = IncrementalParser()
        analysis = Analysis(text, place, self._opened, parser.parse)
        self.documents[uri] = Document(place, text, analysis, parser)
        return self.documents[uri]

    def change(self, uri: str, text: str) -> Document:
        """A document has another text."""
        document = self.documents[uri]
        if document.analysis.is_checked:
            document.kinds |= document.analysis.known_kinds()
        edit = Edit.between(document.text, text)
        document.text = text
        document.analysis = Analysis(
            text, document.place, self._opened, document.parser.parse, document.kinds
        )
        source = document.analysis.source
        document.late = tuple(m for m in (moved(m, edit, source) for m in document.late) if m)
        return document

    def refresh(self, uri: str) -> Document:
        """Something around a document has changed: its text is analysed again."""
        return self.change(uri, self.documents[uri].text)

    def close(self, uri: str) -> None:
        self.documents.pop(uri, None)

    def _opened(self, path: Path) -> str | None:
        for document in self.documents.values():
            if document.place.resolve() == path:
                return document.text
        return None

    def finish(self, uri: str, of: Analysis, compilation: Compilation) -> Document | None:
        """All messages of a text are known; None where the text has changed meanwhile."""
        document = self.documents.get(uri)
        if document is None or document.analysis is not of:
            return None
        early = {(message.code, message.title()) for message in of.messages}
        every = of.relevant(compilation.diagnostics)
        if self.pedantic and compilation.graph is not None:
            every = (*every, *pedantic(compilation.program, compilation.signatures))
        document.late = tuple(m for m in every if (m.code, m.title()) not in early)
        return document

    def importers(self, place: Path) -> Iterator[str]:
        """Open documents that import a file."""
        wanted = place.resolve()
        for uri, document in self.documents.items():
            if document.place.resolve() != wanted and wanted in document.analysis.libraries:
                yield uri

    def related(self, analysis: Analysis) -> list[Analysis]:
        """The files of the project that import a file or are imported by it, as they are now."""
        found = {path: self._of_file(path) for path in analysis.libraries}
        for path in self._project_files(analysis):
            if path not in found and analysis.place.name in (self._text(path) or ""):
                other = self._of_file(path)
                if other is not None and analysis.place.resolve() in other.libraries:
                    found[path] = other
        return [other for other in found.values() if other is not None]

    def _project_files(self, analysis: Analysis) -> Iterable[Path]:
        if analysis.problem is not None:
            return
        root = analysis.project.root
        for count, path in enumerate(sorted(root.glob("**/*.w2s"))):
            if count >= MAX_FILES:
                return
            if path.resolve() != analysis.place.resolve():
                yield path.resolve()

    def _text(self, path: Path) -> str | None:
        opened = self._opened(path)
        if opened is not None:
            return opened
        try:
            return path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None

    def _of_file(self, path: Path) -> Analysis | None:
        for document in self.documents.values():
            if document.place.resolve() == path:
                return document.analysis
        text = self._text(path)
        return Analysis(text, path, self._opened) if text is not None else None
