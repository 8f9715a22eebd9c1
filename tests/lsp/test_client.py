"""A real client over standard input and output: what an editor sees."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from marked import BASE, ROOT
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient

from w2sdl.lsp.positions import Positions

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICKSTART = (ROOT / "examples" / "quickstart.w2s").read_text("utf-8")
VERSIONS = itertools.count(1)
COMMAND = [sys.executable, "-m", "w2sdl", "lsp", "--stdio"]
ENV = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}"}


def capabilities(*encodings: types.PositionEncodingKind) -> types.ClientCapabilities:
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=list(encodings) or None),
        text_document=types.TextDocumentClientCapabilities(
            completion=types.CompletionClientCapabilities(
                completion_item=types.ClientCompletionItemOptions(
                    snippet_support=True, documentation_format=[types.MarkupKind.Markdown]
                )
            ),
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        ),
    )


@pytest_lsp.fixture(scope="module", config=ClientServerConfig(COMMAND, server_env=ENV))
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities()))
    yield
    await lsp_client.shutdown_session()
    assert lsp_client.error is None


class Editor:
    """One document of a client."""

    def __init__(
        self, client: LanguageClient, path: Path, text: str, encoding: str = "utf-16"
    ) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.text = text
        self.encoding = encoding
        item = types.TextDocumentItem(self.uri, "w2s", next(VERSIONS), text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    @property
    def document(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    def type(self, text: str) -> None:
        self.text = text
        version = types.VersionedTextDocumentIdentifier(next(VERSIONS), self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))

    def at(self, needle: str, inside: int = 0) -> types.Position:
        positions = Positions(self.text, self.encoding)
        return positions.position(self.text.index(needle) + inside)

    def range(self, needle: str, length: int | None = None) -> types.Range:
        positions = Positions(self.text, self.encoding)
        start = self.text.index(needle)
        return positions.range(start, start + (len(needle) if length is None else length))

    async def messages(self, *codes: str, seconds: float = 60) -> list[types.Diagnostic]:
        """The messages of the document, once these codes are among them (none: once it is clean)."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = self.client.diagnostics.get(self.uri)
            if found is not None and set(codes) <= {d.code for d in found} and (codes or not found):
                return list(found)
            assert asyncio.get_running_loop().time() < end, f"waited for {codes}, got {found}"
            await asyncio.sleep(0.02)

    async def hover(self, needle: str, inside: int = 0) -> str:
        params = types.HoverParams(self.document, self.at(needle, inside))
        found = await self.client.text_document_hover_async(params)
        assert found is not None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def complete(self, needle: str, inside: int) -> list[types.CompletionItem]:
        params = types.CompletionParams(self.document, self.at(needle, inside))
        found = await self.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        return list(found.items)

    async def rename(self, needle: str, name: str) -> dict[str, str]:
        """The texts of all files after a renaming, by address."""
        params = types.RenameParams(self.document, self.at(needle), name)
        edit = await self.client.text_document_rename_async(params)
        assert edit is not None
        assert edit.changes is not None
        return {uri: self.edited(list(edits)) for uri, edits in edit.changes.items()}

    def edited(self, edits: list[types.TextEdit]) -> str:
        positions, text = Positions(self.text, self.encoding), self.text
        for edit in sorted(edits, key=lambda e: (-e.range.start.line, -e.range.start.character)):
            start, end = positions.offset(edit.range.start), positions.offset(edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        return text


async def test_messages_come_and_go_with_the_text(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", QUICKSTART.replace("science_qa(", "scince_qa("))
    found = await editor.messages("W2S0202")
    (wrong,) = [d for d in found if d.code == "W2S0202"]
    assert wrong.message.startswith("there is no operation `scince_qa`\nhelp: did you mean")
    assert wrong.source == "w2sdl"
    assert wrong.severity is types.DiagnosticSeverity.Error
    assert wrong.range == editor.range("scince_qa")
    editor.type(QUICKSTART)
    await editor.messages()
    client.text_document_did_close(types.DidCloseTextDocumentParams(editor.document))


async def test_rules_of_validity_come_when_typing_pauses(
    client: LanguageClient, tmp_path: Path
) -> None:
    cheating = BASE + (
        "cheat = Ψ(S, gold(d.transfer), seed: seed)\n"
        "floor = finetune(W, gold(d.supervise), seed: seed)\n"
        "top = Ψ(S, gold(d.transfer), loss: logconf(), seed: seed)\n"
        "measure r = pgr(weak: floor, student: cheat, ceiling: top, over: seed) on d.test\n"
    )
    editor = Editor(client, tmp_path / "a.w2s", cheating)
    found = await editor.messages("W2S0601")
    assert found[0].related_information is not None


async def test_a_second_place_is_related_information(
    client: LanguageClient, tmp_path: Path
) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE + "recipe = {epochs: 4}\n")
    (twice,) = [d for d in await editor.messages("W2S0204") if d.code == "W2S0204"]
    assert twice.related_information is not None
    (first,) = twice.related_information
    assert first.location == types.Location(editor.uri, editor.range("recipe"))
    assert first.message == "first defined here"


async def test_hovers_and_definitions(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE)
    assert "**S'**: Predictor" in await editor.hover("of: S'", 4)
    assert "labels: Labels" in await editor.hover("Φ(")
    params = types.DefinitionParams(editor.document, editor.at("one.next", 4))
    assert await client.text_document_definition_async(params) == types.Location(
        editor.uri, editor.range("next = Ψ", 4)
    )
    params = types.DefinitionParams(editor.document, editor.at("Ψ(S, label"))
    found = await client.text_document_definition_async(params)
    assert isinstance(found, types.Location)
    assert found.uri.endswith("/ops/finetune.py")


async def test_a_definition_in_another_file(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    library = tmp_path / "lib" / "sizes.w2s"
    library.write_text("# sizes\nsmall = 8\n", "utf-8")
    text = BASE.replace("axis seed", 'import "lib/sizes.w2s" as sizes\naxis seed', 1)
    editor = Editor(client, tmp_path / "a.w2s", text.replace("width: 8", "width: sizes.small"))
    for needle, inside, line in (("sizes.small", 7, 1), ("lib/sizes", 2, 0)):
        params = types.DefinitionParams(editor.document, editor.at(needle, inside))
        found = await client.text_document_definition_async(params)
        assert isinstance(found, types.Location)
        assert (found.uri, found.range.start.line) == (library.as_uri(), line)
    library.write_text("small = \n", "utf-8")
    client.text_document_did_save(types.DidSaveTextDocumentParams(editor.document))
    (broken, *_) = await editor.messages("W2S0104")
    assert broken.range.start == editor.at("import")
    assert broken.message.startswith("in sizes.w2s:")
    assert broken.related_information is not None
    assert broken.related_information[0].location.uri == library.as_uri()


async def test_completion_takes_the_place_of_the_word(
    client: LanguageClient, tmp_path: Path
) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE + "x = Ψ(S, gol")
    found = {item.label: item for item in await editor.complete("gol", 3) if item.label != "x"}
    gold = found["gold"].text_edit
    assert gold == types.TextEdit(
        types.Range(editor.at(", gol", 2), editor.at(", gol", 5)), "gold($0)"
    )
    assert found["gold"].insert_text_format is types.InsertTextFormat.Snippet


async def test_references_highlights_and_outline(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE)
    context = types.ReferenceContext(include_declaration=True)
    position = editor.at("recipe = {")
    references = types.ReferenceParams(context, editor.document, position)
    found = await client.text_document_references_async(references)
    assert found is not None
    assert [place.range.start.line for place in found] == [5, 10, 14, 20]
    highlights = types.DocumentHighlightParams(editor.document, position)
    lit = await client.text_document_document_highlight_async(highlights)
    assert lit is not None
    assert len(lit) == 4
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(editor.document)
    )
    assert symbols is not None
    named = {symbol.name: symbol for symbol in symbols if isinstance(symbol, types.DocumentSymbol)}
    assert named["W"].detail == "weak Model [seed]"
    assert [child.name for child in named["hop"].children or ()] == ["y", "next"]
    assert named["scores"].range == editor.range(
        "measure scores = accuracy(W', S', one.next) on d.test"
    )


async def test_renaming(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE)
    texts = await editor.rename("S' = Ψ", "student")
    assert list(texts) == [editor.uri]
    assert texts[editor.uri].count("student") == BASE.count("S'")
    prepared = await client.text_document_prepare_rename_async(
        types.PrepareRenameParams(editor.document, editor.at("S' = Ψ"))
    )
    assert prepared == types.PrepareRenamePlaceholder(editor.range("S'"), "S'")
    with pytest.raises(JsonRpcException, match="`axis` is a word of the language"):
        await editor.rename("S' = Ψ", "axis")
    with pytest.raises(JsonRpcException, match="named by the code"):
        await editor.rename("Ψ(S", "align")


async def test_a_near_name_is_one_click_away(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(
        client, tmp_path / "a.w2s", BASE.replace("gold(d.supervise)", "gold(d.supervize)")
    )
    await editor.messages("W2S0307")
    params = types.CodeActionParams(
        editor.document, editor.range("supervize"), types.CodeActionContext([])
    )
    actions = await client.text_document_code_action_async(params)
    assert actions is not None
    (action,) = actions
    assert isinstance(action, types.CodeAction)
    assert action.title == "replace with `supervise`"
    assert action.edit is not None
    assert action.edit.changes is not None
    assert editor.edited(list(action.edit.changes[editor.uri])) == BASE


async def test_formatting(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", 'experiment   e    "?"  # why\naxis a=[1,2]\n')
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    params = types.DocumentFormattingParams(editor.document, options)
    edits = await client.text_document_formatting_async(params)
    assert edits is not None
    assert "axis a = [1, 2]\n" in editor.edited(list(edits))
    editor.type("axis a = (")
    assert not await client.text_document_formatting_async(params)


async def test_names_are_coloured(client: LanguageClient, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "a.w2s", 'experiment e "?"\naxis seed = 0..1\n')
    params = types.SemanticTokensParams(editor.document)
    found = await client.text_document_semantic_tokens_full_async(params)
    assert found is not None
    assert list(found.data) == [0, 11, 1, 0, 1, 1, 5, 4, 2, 1]


async def test_what_is_stored_is_said(client: LanguageClient, tmp_path: Path) -> None:
    """A store with one result: the data set, which costs no training."""
    from w2sdl.cli import run_cli

    spec = tmp_path / "a.w2s"
    data = "data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})\n"
    spec.write_text(f'experiment e "?"\n{data}', "utf-8")
    assert run_cli(["run", str(spec), "--executor", "local", "--quiet"]) == 0
    editor = Editor(client, spec, BASE)
    assert (await editor.hover("d = science_qa")).endswith("1 of 1 stored")
    assert (await editor.hover("W = pretrain")).endswith("0 of 2 stored")


async def test_edits_in_a_row_and_broken_texts_end_in_the_right_messages(
    client: LanguageClient, tmp_path: Path
) -> None:
    editor = Editor(client, tmp_path / "a.w2s", BASE)
    for end in range(0, len(BASE), 97):
        editor.type(BASE[:end] + "(" * (end % 7))
    editor.type("(" * 10_000)
    editor.type(BASE + "x = nowhere\n")
    found = await editor.messages("W2S0201")
    assert {d.code for d in found} == {"W2S0201"}
    editor.type(BASE)
    await editor.messages()


@pytest_lsp.fixture(config=ClientServerConfig(COMMAND, server_env=ENV))
async def utf8(lsp_client: LanguageClient) -> AsyncIterator[None]:
    params = types.InitializeParams(capabilities=capabilities(types.PositionEncodingKind.Utf8))
    result = await lsp_client.initialize_session(params)
    assert result.capabilities.position_encoding == types.PositionEncodingKind.Utf8
    yield
    await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_columns_are_counted_as_agreed(utf8: LanguageClient, tmp_path: Path) -> None:
    text = BASE.replace("loss: xent()", 'loss: "🙂", losss: xent()')
    editor = Editor(utf8, tmp_path / "a.w2s", text, "utf-8")
    (wrong,) = [d for d in await editor.messages("W2S0303") if d.code == "W2S0303"]
    assert wrong.range == editor.range("losss")


async def test_files_that_import_each_other_do_not_keep_the_server_busy(
    client: LanguageClient, tmp_path: Path
) -> None:
    """Breaks when each change of one refreshes the other, which refreshes the first, for ever."""
    one = Editor(client, tmp_path / "one.w2s", 'import "two.w2s" as two\na = two.b\n')
    Editor(client, tmp_path / "two.w2s", 'import "one.w2s" as one\nb = 1\n')
    await one.messages("W2S0220")
    await asyncio.sleep(1.5)
    client.diagnostics.pop(one.uri)
    await asyncio.sleep(1.5)
    assert one.uri not in client.diagnostics
