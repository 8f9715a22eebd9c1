"""Prompts in place or from files: one text, one key by content, whatever the file is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl.graph import Graph
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.annotations import param_type
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.keying import close_key
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.texts import Text, TextOf

SPEC = """
experiment prompts
data qa = table("rows.jsonl", format: multiple_choice(prompt: {prompt}), parts: {{a: 20, b: 20}})
W = pretrain(text_file("words.txt", origin: "x"), layers: 1, width: 8, steps: 1)
T = D(W, W, qa.a, debater: generative(template: {template}))
y = show(gold(qa.b), template: {shown})
"""


def graph(**texts: str) -> Graph:
    given = {"prompt": '"{{ question }}"', "template": '"x"', "shown": '"{{ label }}"'} | texts
    compiled = Compilation(Source("prompts.w2s", SPEC.format(**given)), load_signatures())
    assert compiled.graph is not None, compiled.diagnostics
    return compiled.graph


def keys(graph: Graph, folder: Path) -> dict[str, str]:
    """Store keys with made-up digests, so that each node's own parameters decide."""
    sources = Sources(folder, {}, HashCache())
    digests = {id_: f"digest of {n.address}" for id_, n in graph.nodes.items()}
    return {node.op: close_key(node, digests, sources).key for node in graph.order()}


def test_the_content_of_a_file_is_in_the_key_and_its_name_is_not(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", quiz(5))
    (tmp_path / "words.txt").write_text("words")
    (tmp_path / "prompts").mkdir()
    for name, text in {"one.j2": "say", "two.j2": "say", "three.j2": "shout"}.items():
        (tmp_path / "prompts" / name).write_text(text)

    def of(name: str) -> dict[str, str]:
        text = f'file("prompts/{name}.j2")'
        return keys(graph(prompt=text, template=text, shown=text), tmp_path)

    assert of("one") == of("two")
    moved = {op for op, key in of("one").items() if of("three")[op] != key}
    assert moved == {"table", "debate", "show"}
    nodes = {node.op: node for node in graph(template='file("prompts/one.j2")').order()}
    assert nodes["debate"].sources == {"debater.template.path": "file"}


def test_a_missing_file_is_found_before_anything_runs(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", quiz(5))
    with pytest.raises(PrerequisiteError, match=r"there is no file prompts/gone\.j2"):
        keys(graph(prompt='file("prompts/gone.j2")'), tmp_path)


def test_files_stay_under_the_folder_of_the_spec() -> None:
    text = SPEC.format(prompt='file("../up.j2")', template='"x"', shown='"x"')
    compiled = Compilation(Source("prompts.w2s", text), load_signatures())
    assert [d.code for d in compiled.diagnostics] == ["W2S0312"]


def test_formats_read_their_prompt_from_a_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "rows.jsonl", quiz(20))
    (tmp_path / "ask.j2").write_text("Q: {{ question }}\n")

    def prompts(prompt: str | Text) -> list[str]:
        form = MultipleChoice(prompt=prompt)
        data = table(bench.context(), "rows.jsonl", format=form, parts={"a": 40})
        return bench.items(data, "a").column("prompt")

    assert prompts(TextOf(path="ask.j2")) == prompts("Q: {{ question }}")
    (tmp_path / "bad.j2").write_bytes(b"caf\xe9")
    with pytest.raises(PrerequisiteError, match=r"`bad\.j2`, line 1: not UTF-8"):
        prompts(TextOf(path="bad.j2"))
    with pytest.raises(ValueError, match="at least 1 character"):
        Binary(prompt="")


def test_optional_texts_keep_both_forms() -> None:
    from w2sdl import signature as sig

    kind = param_type(str | Text | None)
    assert isinstance(kind, sig.OptionalOf)
    assert isinstance(kind.inner, sig.EitherOf)
    assert kind.inner.variant == sig.VariantOf("Text")
