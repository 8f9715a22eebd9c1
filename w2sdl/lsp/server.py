"""The language server: the documents of one editor, and what is said of them.

Messages of parsing and checking are sent at once. The graph and the rules on it come when typing
pauses, from another thread and a compilation of its own, so that they never hold up an answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from w2sdl import __version__
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.convert import Converter
from w2sdl.lsp.features import Asked
from w2sdl.lsp.session import Document, Session
from w2sdl.pipeline import Compilation

log = logging.getLogger(__name__)

#: For each name of a spec: how many of its nodes are stored, of how many.
Stored = Callable[[Path, Compilation], Mapping[str, tuple[int, int]]]

TOGETHER = 0.003  #: seconds in which edits count as one
PAUSE = 0.3  #: seconds without an edit after which the graph is made
PATIENCE = 2.0  #: seconds that a hover waits for what is stored


class SpecServer(LanguageServer):
    """One editor's server: its documents, and the one thread for what takes long."""

    def __init__(self, stored: Stored | None = None) -> None:
        # The whole text is sent at each change: a spec is short, and nothing can get out of step.
        super().__init__(
            "w2sdl", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full
        )
        self.session = Session()
        self.stored = stored
        self.slow = ThreadPoolExecutor(1, thread_name_prefix="w2sdl-graph")
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._whole: dict[str, tuple[Analysis, asyncio.Future[Compilation]]] = {}
        self._told: dict[str, str] = {}  # the text that importers of a document know

    @property
    def encoding(self) -> str:
        """How the client counts columns."""
        agreed = self.workspace.position_encoding
        return str(getattr(agreed, "value", agreed) or "utf-16")

    def document(self, uri: str) -> Document | None:
        """A document with the text that it has now."""
        document = self.session.documents.get(uri)
        if document is None:
            return None
        text = self.workspace.get_text_document(uri).source
        return document if text == document.text else self.session.change(uri, text)

    def asked(self, params: Any) -> Asked | None:
        """What a request on a document is about; None where it is not open."""
        uri = params.text_document.uri
        document = self.document(uri)
        if document is None:
            return None
        convert = Converter(uri, document.analysis, self.encoding)
        return Asked(self.session, document, convert, params, self.client_capabilities)

    def later(self, what: str, uri: str, seconds: float, task: Callable[[], object]) -> None:
        """Do something after a while; an earlier request for the same is forgotten."""
        timer = self._timers.pop((what, uri), None)
        if timer is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[what, uri] = loop.call_later(seconds, _guarded(task))

    def changed(self, uri: str) -> None:
        """A text has changed: say what is known of it soon, and all of it when typing pauses."""
        self.later("quick", uri, TOGETHER, lambda: self.publish(uri))
        self.later("whole", uri, PAUSE, lambda: asyncio.ensure_future(self.finish(uri)))

    def publish(self, uri: str) -> None:
        """Send the messages of a document."""
        document = self.document(uri)
        if document is None:
            return
        analysis = document.analysis
        convert = Converter(uri, analysis, self.encoding)
        found = [convert.diagnostic(message) for message in document.messages]
        if analysis.problem is not None:
            found.append(
                convert.complaint(_sentence(analysis.problem.message, analysis.problem.help))
            )
        if analysis.failed is not None:
            found.append(convert.complaint(f"w2sdl itself failed here: {analysis.failed!r}; a bug"))
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, found, version=version)
        )

    def shutdown(self) -> None:
        """End without waiting for what nobody waits for any more."""
        self.slow.shutdown(wait=False, cancel_futures=True)
        super().shutdown()  # type: ignore[no-untyped-call]

    def clear(self, uri: str) -> None:
        """A document was closed: its messages go with it."""
        document = self.session.documents.get(uri)
        self.session.close(uri)
        self._whole.pop(uri, None)
        self._told.pop(uri, None)
        if document is not None:
            self.tell_importers(document.place)  # they see the file on disk again
        for what, of in list(self._timers):
            if of == uri:
                self._timers.pop((what, of)).cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def finish(self, uri: str) -> None:
        """Make the graph of a document, and send what it has to say."""
        document = self.document(uri)
        if document is None or document.analysis.problem is not None:
            return
        analysis = document.analysis
        try:
            compilation = await self.whole(uri, analysis)
        except Exception as failure:
            log.exception("the graph can't be made")
            analysis.failed = failure
            self.publish(uri)
            return
        if self.session.finish(uri, analysis, compilation) is not None:
            self.publish(uri)
        if self._told.get(uri) != document.text:
            self._told[uri] = document.text
            self.tell_importers(analysis.place)

    def tell_importers(self, place: Path) -> None:
        """Documents that import a file see what it says now."""
        for uri in list(self.session.importers(place)):
            self.session.refresh(uri)
            self.changed(uri)

    def whole(self, uri: str, analysis: Analysis) -> asyncio.Future[Compilation]:
        """The compilation of a text up to its graph, made once, in the other thread."""
        known = self._whole.get(uri)
        if known is None or known[0] is not analysis:
            loop = asyncio.get_running_loop()
            known = analysis, loop.run_in_executor(self.slow, _compiled, analysis)
            self._whole[uri] = known
        return known[1]

    async def stored_text(self, uri: str, analysis: Analysis, node: str) -> str:
        """``12 of 24 stored``, where there is a store; "" when that takes too long to find out."""
        store = analysis.project.store  # one that is elsewhere is not asked while someone types
        if not node or self.stored is None or isinstance(store, str) or not store.is_dir():
            return ""
        try:
            counts = await asyncio.wait_for(self._counts(uri, analysis), PATIENCE)
        except TimeoutError:
            return ""
        except Exception:
            log.exception("the store can't be read")
            return ""
        stored, total = counts.get(node, (0, 0))
        return f"{stored} of {total} stored" if total else ""

    async def _counts(self, uri: str, analysis: Analysis) -> Mapping[str, tuple[int, int]]:
        compilation = await asyncio.shield(self.whole(uri, analysis))
        if compilation.graph is None or self.stored is None:
            return {}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.slow, self.stored, analysis.place, compilation)


def _compiled(analysis: Analysis) -> Compilation:
    compilation = analysis.compile()
    _ = compilation.diagnostics
    return compilation


def _sentence(message: str, help: str) -> str:
    return f"{message}\nhelp: {help}" if help else message


def _guarded(task: Callable[[], object]) -> Callable[[], None]:
    """What runs by itself may fail by itself."""

    def run() -> None:
        try:
            task()
        except Exception:
            log.exception("a task failed")

    return run
