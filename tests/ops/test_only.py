"""`only`: rows of some classes are kept, the others stay and are counted."""

from __future__ import annotations

import json

import pytest
from test_named_classes import some, told
from test_probe import words_of
from workbench import Workbench, make_items, make_labels

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.only import only
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Labels


def kept(labels: Labels) -> list[bool]:
    found: list[bool] = labels.table.column("keep").to_pylist()
    return found


def test_rows_of_other_classes_stay_and_say_why(bench: Workbench) -> None:
    found = bench.run(only, words_of(bench, some(bench, 3), ["a", "b", "a"]), classes=["a"])
    assert kept(found) == [True, False, True]
    assert found.table.column("text").to_pylist() == ["a", "b", "a"]
    notes = [json.loads(meta) if meta else {} for meta in found.table.column("meta").to_pylist()]
    assert notes == [{}, {"drop_reason": "of another class"}, {}]


@pytest.mark.parametrize(
    ("block", "blocks", "wanted"),
    [(0, 2, "0 1 2"), (1, 2, "9 10"), (0, 4, "0 1"), (3, 4, "10"), (0, 1, "0 1 2 9 10")],
)
def test_ranges_are_of_classes_in_order_and_even(
    bench: Workbench, block: int, blocks: int, wanted: str
) -> None:
    """Breaks where 10 comes before 9, or a class is in two ranges."""
    words = ["10", "9", "2", "1", "0"]
    found = bench.run(only, words_of(bench, some(bench, 5), words), block=block, blocks=blocks)
    rows = zip(words, kept(found), strict=True)
    assert {word for word, keep in rows if keep} == set(wanted.split())


def test_probabilities_stay_with_their_rows(bench: Workbench) -> None:
    soft = told(bench, some(bench, 2), [[0.9, 0.1], [0.2, 0.8]], "ab")
    found = bench.run(only, soft, classes=["b"])
    assert (kept(found), found.classes) == ([False, True], ("a", "b"))


def test_a_column_of_the_rows_may_say_the_class(bench: Workbench) -> None:
    rows = [{"prompt": f"p{n}", "fields": json.dumps({"domain": "xy"[n % 2]})} for n in range(4)]
    items = bench.keep(make_items(rows))
    found = bench.run(
        only, make_labels(bench, items, [0.1, 0.9, 0.2, 0.8]), classes=["y"], field="domain"
    )
    assert kept(found) == [False, True, False, True]
    assert found.label_kind == "soft"


def test_what_there_is_not_is_said(bench: Workbench) -> None:
    items = some(bench, 2)
    words = words_of(bench, items, ["a", "b"])
    with pytest.raises(PrerequisiteError, match="no row is of class `c`") as caught:
        bench.run(only, words, classes=["c"])
    assert "`a`, `b`" in caught.value.help
    with pytest.raises(PrerequisiteError, match="2 classes can't be cut into 3 ranges"):
        bench.run(only, words, block=0, blocks=3)
    with pytest.raises(PrerequisiteError, match="these are soft labels"):
        bench.run(only, make_labels(bench, items, [0.1, 0.9]), classes=["a"])


DESIGN = """
experiment parts
data digits = digit_images(parts: {{train: 100, test: 100}})
some   = only(gold(digits.train){given})
states = read_numbers(items(digits))
knows  = probe(states, some)
measure scores = accuracy(knows) on digits.test
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (', classes: ["1"]', ""),
        (", block: 1, blocks: 2", ""),
        ("", "only() is told no class"),
        (', classes: ["1"], block: 0, blocks: 2', "only() is told both classes and a block"),
        (", block: 0", "there is no blocks:"),
        (", block: 2, blocks: 2", "there is no block 2 of 2"),
    ],
)
def test_how_classes_are_told_is_known_before_anything_runs(given: str, message: str) -> None:
    found = Compilation(Source("a.w2s", DESIGN.format(given=given)), load_signatures())
    told = render_diagnostics(found.diagnostics)
    assert message in told if message else told == ""


def test_judgements_need_a_column() -> None:
    design = """
experiment parts
data qa = science_qa(parts: {train: 100, test: 100})
M = pretrain(corpus(qa), layers: 1, width: 16, steps: 20)
judge = finetune(M, only(gold(qa.train), classes: ["physics"]))
measure scores = accuracy(judge) on qa.test
"""
    found = Compilation(Source("a.w2s", design), load_signatures())
    assert "only() keeps labels by their words, and these have none" in render_diagnostics(
        found.diagnostics
    )
    mended = design.replace('["physics"]', '["physics"], field: "domain"')
    assert not Compilation(Source("a.w2s", mended), load_signatures()).diagnostics
