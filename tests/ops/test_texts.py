"""`texts`: what a model reads of each item, once."""

from __future__ import annotations

import pytest
from workbench import make_items

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.texts import texts


def test_texts_are_what_a_model_reads_each_once(bench):
    rows = [{"prompt": p, "candidate": c} for p, c in [("a", "b"), ("a", ""), ("", ""), ("a", "b")]]
    corpus = bench.run(texts, bench.keep(make_items(rows, "seen")))
    assert corpus.documents == ["a b", "a"]
    assert corpus.origin == "texts of the items of seen"


def test_items_without_text_are_refused(bench):
    with pytest.raises(PrerequisiteError, match="no text"):
        bench.run(texts, bench.keep(make_items([{"passage": "only this"}])))
