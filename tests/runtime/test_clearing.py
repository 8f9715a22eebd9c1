"""A corpus that holds measured items is found by its content, and said of the measure for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.helpers_data import quiz, write_jsonl
from tests.runtime.tiny_graph import no_backend, run
from w2sdl.graph import Graph
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

SPEC = """
experiment cleared
data qa = table("rows.jsonl", format: multiple_choice(), parts: {supervise: 20, test: 20})
words = text_file("words.txt", origin: "a web page", documents: line)
W = pretrain(words, layers: 1, width: 8, steps: 1)
asked = zero_shot(W)
y = label(asked, qa.test)
measure scores = accuracy(asked) on qa.test
"""


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    write_jsonl(tmp_path / "rows.jsonl", quiz(30))
    text = SPEC.replace("documents: line", 'documents: "line"')
    compiled = Compilation(Source("cleared.w2s", text), load_signatures())
    assert compiled.graph is not None, compiled.diagnostics
    return compiled.graph


def warnings(graph: Graph, folder: Path, **more: object) -> dict[str, list[str]]:
    result = run(graph, folder, **more)  # type: ignore[arg-type]
    assert result.status == "done", result.failures
    rules = {e.address: [w for w in e.warnings if "[W2S" in w] for e in result.nodes.values()}
    return {address: said for address, said in rules.items() if said}


def test_measured_texts_in_a_corpus(graph: Graph, tmp_path: Path) -> None:
    clean = "Nothing to see here.\nWhat follows what?"
    (tmp_path / "words.txt").write_text(clean)
    assert warnings(graph, tmp_path) == {}
    told = [f"Question: What follows {n}? Answer: w{n}" for n in range(30)]
    (tmp_path / "words.txt").write_text("\n".join([clean, *told]))
    found = warnings(graph, tmp_path)
    (address,) = found
    (said,) = found[address]
    assert "scores" in address or "accuracy" in address
    assert said.startswith("a corpus behind this measure (a web page) holds 10 of the 20 measured")
    assert said.endswith("the models have read them [W2S0602]")
    assert warnings(graph, tmp_path, backend=no_backend) == found  # kept with the result
