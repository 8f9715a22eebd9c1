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


def test_of_pairs_both_completions_are_read(bench):
    rows = [{"prompt": "p", "candidate": c, "rival": r} for c, r in [("b", "a"), ("a", "c")]]
    items = bench.keep(make_items(rows, "seen"))
    assert bench.run(texts, items).documents == ["p b", "p a"]
    assert bench.run(texts, items, rivals=True).documents == ["p b", "p a", "p c"]


def test_rivals_that_are_not_there_are_refused(bench):
    rows = [{"prompt": "p", "candidate": "c"}, {"prompt": "p", "candidate": "c", "rival": "r"}]
    with pytest.raises(PrerequisiteError, match="1 of 2 items have no rival"):
        bench.run(texts, bench.keep(make_items(rows)), rivals=True)
