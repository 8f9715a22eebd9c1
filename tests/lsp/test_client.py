"""A real client over standard input and output: what an editor sees."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

ROOT = Path(__file__).parents[2]
QUICKSTART = (ROOT / "examples" / "quickstart.w2s").read_text("utf-8")
MARK = "🙂"


def capabilities(
    encodings: list[types.PositionEncodingKind] | None = None,
) -> types.ClientCapabilities:
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True
            ),
            completion=types.CompletionClientCapabilities(
                completion_item=types.ClientCompletionItemOptions(snippet_support=True)
            ),
        ),
    )


@pytest_lsp.fixture(config=ClientServerConfig([sys.executable, "-m", "w2sdl", "lsp", "--stdio"]))
async def client(lsp_client: LanguageClient):  # type: ignore[no-untyped-def]
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities()))
    yield
    await lsp_client.shutdown_session()
    assert lsp_client.error is None


def uri(path: Path) -> str:
    return path.as_uri()


def open_document(client: LanguageClient, path: Path, text: str) -> None:
    item = types.TextDocumentItem(uri(path), "w2s", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def change(client: LanguageClient, path: Path, text: str, version: int) -> None:
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, uri(path)),
            [types.TextDocumentContentChangeWholeDocument(text)],
        )
    )


async def messages(
    client: LanguageClient, path: Path, until: str, seconds: float = 30
) -> list[types.Diagnostic]:
    """The messages of a document, once one with a certain code is there ("" for none at all)."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = client.diagnostics.get(uri(path))
        if found is not None and (until in {d.code for d in found} or (not until and not found)):
            return list(found)
        left = end - asyncio.get_running_loop().time()
        assert left > 0, f"no {until or 'clean slate'}: {found}"
        try:
            await asyncio.wait_for(
                client.wait_for_notification("textDocument/publishDiagnostics"), left
            )
        except TimeoutError:
            continue


def at(text: str, needle: str, inside: int = 0) -> types.Position:
    """The position of a place in a text, in UTF-16 units."""
    offset = text.index(needle) + inside
    before = text[:offset]
    column = before.rsplit("\n", 1)[-1]
    return types.Position(before.count("\n"), len(column.encode("utf-16-le")) // 2)


def document(path: Path) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri(path))


@pytest.mark.asyncio
async def test_messages_come_and_go_with_the_text(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "a.w2s"
    open_document(client, path, QUICKSTART.replace("science_qa(", "scince_qa("))
    found = await messages(client, path, "W2S0202")
    (wrong,) = [d for d in found if d.code == "W2S0202"]
    assert wrong.message.startswith("there is no operation `scince_qa`\nhelp: did you mean")
    assert wrong.source == "w2sdl"
    assert wrong.severity is types.DiagnosticSeverity.Error
    assert wrong.range.start == at(QUICKSTART, "science_qa(")
    change(client, path, QUICKSTART, 2)
    assert await messages(client, path, "") == []
