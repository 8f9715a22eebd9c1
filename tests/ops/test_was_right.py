"""`was_right`: classes and texts against gold, by item id, and what can't be judged."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.was_right import was_right

ROWS = [{"prompt": str(at), "candidate": "x"} for at in range(4)]


@pytest.fixture
def items(bench):
    return bench.keep(make_items(ROWS))


def values(labels):
    return labels.table.column("value").to_pylist()


def test_classes_are_compared_at_one_half(bench, items):
    said = make_labels(bench, items, [0.9, 0.5, 0.51, 0.2], weight=[2.0, 1.0, 1.0, 0.0])
    gold = make_labels(bench, items, [1.0, 1.0, 0.0, 0.0], kind="hard")
    found = bench.run(was_right, said, gold)
    assert values(found) == [1.0, 0.0, 0.0, 1.0]
    assert (found.label_kind, found.origin) == ("hard", "was_right: gold")
    assert found.table.column("weight").to_pylist() == [1.0] * 4
    assert "2 of 4 labels are right" in bench.logs


def test_texts_are_compared_up_to_spacing_and_one_cut_short_is_wrong(bench, items):
    texts = ["the  sky ", "The sky", None, "b"]
    keep = [True, True, False, False]
    meta = [None, None, '{"drop_reason":"cut short"}', None]
    said = make_labels(bench, items, [None] * 4, kind="text", text=texts, keep=keep, meta=meta)
    gold = make_labels(bench, items, [None] * 4, kind="text", text=["the sky", "the sky", "a", "b"])
    found = bench.run(was_right, said, gold)
    assert values(found) == [1.0, 0.0, 0.0, 1.0]
    assert found.table.column("keep").to_pylist() == [True] * 4
    assert (
        found.table.column("meta").to_pylist()
        == found.table.column("text").to_pylist()
        == [None] * 4
    )


def test_a_row_without_a_number_stays_dropped(bench, items):
    said = make_labels(bench, items, [1.0, None, 1.0, 1.0], keep=[True, False, False, True])
    gold = make_labels(bench, items, [1.0] * 4, kind="hard")
    assert bench.run(was_right, said, gold).table.column("keep").to_pylist() == [
        True,
        False,
        True,
        True,
    ]


def test_rows_are_joined_by_item_id_and_must_be_the_same(bench, items):
    said = make_labels(bench, items, [1.0, 0.0, 1.0, 0.0])
    turned = make_items(ROWS)
    turned.table = turned.table.take([3, 2, 1, 0])
    gold = make_labels(bench, bench.keep(turned), [1.0, 0.0, 0.0, 0.0], kind="hard")
    assert values(bench.run(was_right, said, gold)) == [0.0, 1.0, 0.0, 0.0]
    few = make_labels(bench, bench.keep(make_items(ROWS[:2])), [1.0, 0.0])
    with pytest.raises(PrerequisiteError, match="the gold labels are of other rows: 2 items"):
        bench.run(was_right, said, few)


def test_texts_and_classes_are_not_compared(bench, items):
    said = make_labels(bench, items, [None] * 4, kind="text", text=["a"] * 4)
    with pytest.raises(PrerequisiteError, match="text labels can't be compared with gold in hard"):
        bench.run(was_right, said, make_labels(bench, items, [1.0] * 4, kind="hard"))


def test_texts_and_classes_do_not_compile():
    (found,) = w2sdl.compile_text(
        """experiment kinds
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
w       = finetune(W, gold(qa.supervise))
t       = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())
r       = was_right(label(w, qa.transfer), t)
"""
    ).diagnostics
    assert "`labels` and `gold` can't be compared" in found.title()
