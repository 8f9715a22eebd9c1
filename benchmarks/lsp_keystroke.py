"""How long an editor waits after a keystroke, in a spec of 300 lines: the real server, a real client.

    python benchmarks/lsp_keystroke.py [LINES]

Each keystroke is one character in the middle of the spec. Two answers are timed: the messages that come
by themselves, and a completion that is asked for at once. The wall times are those of a busy machine where
the load says so; processor time, of the same work without a server, depends on it much less.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from long_spec import long_spec
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from w2sdl.lsp.session import Session

URI = (Path.cwd() / "keystroke.w2s").as_uri()
TYPED = "finetune(W, gold(sciq.supervise), seed: seed)"


class Editor:
    """A client that waits for the messages of the text that it has sent last."""

    def __init__(self) -> None:
        self.client = LanguageClient("benchmark", "1")
        self.version = 0
        self.said: asyncio.Queue[int | None] = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def said(params: types.PublishDiagnosticsParams) -> None:
            self.said.put_nowait(params.version)

    async def start(self, text: str) -> None:
        await self.client.start_io(sys.executable, "-m", "w2sdl", "lsp")
        capabilities = types.ClientCapabilities()
        await self.client.initialize_async(types.InitializeParams(capabilities))
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(URI, "w2s", 0, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.messages(0)

    async def messages(self, version: int) -> None:
        while await self.said.get() != version:
            pass

    def type(self, text: str) -> int:
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(self.version, URI)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        return self.version


def processor_times(before: str, after: str) -> list[float]:
    """Milliseconds of processor time for each keystroke."""
    session = Session()
    _ = session.open(URI, Path("keystroke.w2s"), before + after).messages
    found = []
    for typed in range(1, len(TYPED) + 1):
        start = time.process_time()
        _ = session.change(URI, before + TYPED[:typed] + after).messages
        found.append(1000 * (time.process_time() - start))
    return found


async def measure(lines: int) -> None:
    text = long_spec(lines)
    half = text.index("\n# Arm", len(text) // 2)
    before, after = text[:half] + "\nx = ", text[half:]
    editor = Editor()
    await editor.start(text)
    waits: dict[str, list[float]] = {"messages": [], "completion": []}
    await asyncio.sleep(3)  # until the graph of the first text is made
    for typed in range(1, len(TYPED) + 1):
        now = before + TYPED[:typed]
        position = types.Position(now.count("\n"), len(now.rsplit("\n", 1)[-1]))
        document = types.TextDocumentIdentifier(URI)
        start = time.perf_counter()
        version = editor.type(now + after)
        await editor.messages(version)
        waits["messages"].append(time.perf_counter() - start)
        await asyncio.sleep(0.1)
        start = time.perf_counter()
        editor.type(now + " " + after)
        await editor.client.text_document_completion_async(
            types.CompletionParams(document, position)
        )
        waits["completion"].append(time.perf_counter() - start)
        await asyncio.sleep(0.1)
    print(f"{text.count(chr(10))} lines, {len(TYPED)} keystrokes, load {os.getloadavg()[0]:.1f}")
    for what, found in waits.items():
        shown = [
            1000 * value for value in (statistics.median(found), sorted(found)[-3], max(found))
        ]
        print(
            "{}: median {:.0f} ms, third longest {:.0f} ms, longest {:.0f} ms".format(what, *shown)
        )
    spent = sorted(processor_times(before, after))
    print(
        f"processor time from a new text to its messages: median {statistics.median(spent):.0f} ms"
    )
    await editor.client.shutdown_async(None)
    editor.client.exit(None)


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
