"""How long an editor waits after a keystroke, in a spec of 300 lines: the real server, a real client.

    python benchmarks/lsp_keystroke.py [LINES]

Each keystroke is one character in the middle of the spec. Two answers are timed: the messages that come
by themselves, and a completion that is asked for at once.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

from long_spec import long_spec
from lsprotocol import types
from pygls.lsp.client import LanguageClient

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


async def measure(lines: int) -> None:
    text = long_spec(lines)
    half = text.index("\n# Arm", len(text) // 2)
    before, after = text[:half] + "\nx = ", text[half:]
    editor = Editor()
    await editor.start(text)
    waits: dict[str, list[float]] = {"messages": [], "completion": []}
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
        await editor.client.text_document_completion_async(types.CompletionParams(document, position))
        waits["completion"].append(time.perf_counter() - start)
        await asyncio.sleep(0.1)
    print(f"{text.count(chr(10))} lines, {len(TYPED)} keystrokes")
    for what, found in waits.items():
        shown = [1000 * value for value in (statistics.median(found), sorted(found)[-3], max(found))]
        print("{}: median {:.0f} ms, third longest {:.0f} ms, longest {:.0f} ms".format(what, *shown))
    await editor.client.shutdown_async(None)
    editor.client.exit(None)


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
