"""`few_shot` of labels whose kind only the rows tell: words are refused in a sentence."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.learning.prompting import chosen_examples
from w2sdl_runtime.op import PrerequisiteError


def test_words_are_no_verdicts(bench) -> None:
    """Breaks with a TypeError where a word is compared with one half."""
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(4)]))
    labels = make_labels(bench, items, [None] * 4, kind="text", text=["a", "b", "a", "b"])
    with pytest.raises(PrerequisiteError, match="these are text labels"):
        chosen_examples(labels, 2, bench.context("few_shot"))
