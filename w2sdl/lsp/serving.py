"""Binds a server to the requests of the protocol, and runs it on standard input and output."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.features import FEATURES, Feature
from w2sdl.lsp.server import SpecServer, Stored

log = logging.getLogger(__name__)


def make_server(stored: Stored | None = None) -> SpecServer:
    """A server with all its features.

    Args:
        stored: says what of a compilation is in the store of a spec; for hovers.
    """
    server = SpecServer(stored)
    _follow_documents(server)
    for feature in FEATURES:
        server.feature(feature.method, feature.options)(_answering(server, feature))
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hovering(server))
    return server


def _answering(server: SpecServer, feature: Feature) -> Callable[[Any], Any]:
    """A handler that answers nothing where there is nothing to say, and says in the log what failed."""

    def answer(params: Any) -> Any:
        try:
            asked = server.asked(params)
            return feature.answer(asked) if asked is not None else None
        except JsonRpcException:
            raise
        except Exception:
            log.exception("no answer to %s", feature.method)
            return None

    return answer


def _hovering(server: SpecServer) -> Callable[[types.HoverParams], Any]:
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        try:
            asked = server.asked(params)
            found = asked.hover() if asked is not None else None
            if asked is None or found is None:
                return None
            stored = await server.stored_text(asked.convert.uri, asked.analysis, found.node)
            return asked.shown(found, stored)
        except Exception:
            log.exception("no answer to hover")
            return None

    return hovered


def _follow_documents(server: SpecServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialized(params: types.InitializeParams) -> None:
        options = params.initialization_options
        server.session.pedantic = isinstance(options, dict) and bool(options.get("pedantic"))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.session.open(uri, _place(uri), params.text_document.text)
        server.changed(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        uri = params.text_document.uri
        if server.document(uri) is not None:
            server.session.refresh(uri)  # w2sdl.toml, or a file that it imports, may be another
            server.changed(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.clear(params.text_document.uri)


def _place(uri: str) -> Path:
    """The file that a document is; a document without one is taken to lie in the current folder."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else Path.cwd() / "untitled.w2s"


def serve(stored: Stored | None = None) -> None:
    """Answer on standard input and output until the editor says goodbye."""
    output = _keep_output()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = make_server(stored)
    server.slow.submit(_warm_up)
    server.start_io(sys.stdin.buffer, output)


def _warm_up() -> None:
    """Load what every document needs before the first one is opened, and keep it out of collections."""
    Analysis("experiment e\n", Path.cwd() / "untitled.w2s").compile().diagnostics  # noqa: B018
    gc.freeze()


def _keep_output() -> BinaryIO:
    """Keep standard output for the protocol: what a module of operations prints goes to the log."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return output
