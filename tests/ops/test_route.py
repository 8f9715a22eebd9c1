"""`route`: whole rows from one or the other labels, by a threshold, joined by item id."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.route import route
from w2sdl_runtime.values import Labels

ROWS = [{"prompt": str(at), "candidate": "x"} for at in range(3)]


@pytest.fixture
def items(bench):
    return bench.keep(make_items(ROWS))


def column(labels, name):
    return labels.table.column(name).to_pylist()


def test_rows_come_whole_from_where_they_are_taken(bench, items):
    by = make_labels(bench, items, [0.9, 0.7, 0.1])
    then = make_labels(
        bench, items, [1.0, 1.0, 1.0], kind="hard", weight=[2.0, 3.0, 4.0], meta=['{"votes":5}'] * 3
    )
    then = bench.keep(Labels(then.table, then.items, "hard", "model"))
    weak = make_labels(bench, items, [0.1, 0.2, 0.3], keep=[True, False, True])
    found = bench.run(route, by, then, weak, threshold=0.7)
    assert column(found, "value") == [1.0, 0.2, 0.3]
    assert column(found, "weight") == [2.0, 1.0, 1.0]
    assert column(found, "keep") == [True, False, True]
    assert column(found, "meta") == [
        '{"route":"then","routed_by":0.9,"votes":5}',
        '{"route":"otherwise","routed_by":0.7}',
        '{"route":"otherwise","routed_by":0.1}',
    ]
    assert (found.label_kind, found.origin, found.items) == (
        "soft",
        "mixed: gold, model",
        items.digest,
    )
    assert "1 of 3 rows take the labels `then`" in bench.logs


def test_rows_are_joined_by_item_id(bench, items):
    turned = make_items(ROWS)
    turned.table = turned.table.take([2, 1, 0])
    turned = bench.keep(turned)
    by = make_labels(bench, turned, [0.9, 0.9, 0.1])
    then = make_labels(bench, turned, [0.13, 0.12, 0.11])
    found = bench.run(route, by, then, make_labels(bench, items, [0.91, 0.92, 0.93]))
    assert column(found, "value") == [0.91, 0.12, 0.13]


def test_what_does_not_fit_is_refused(bench, items):
    labels = make_labels(bench, items, [0.5] * 3)
    texts = make_labels(bench, items, [None] * 3, kind="text", text=["a"] * 3)
    with pytest.raises(PrerequisiteError, match="text and soft labels can't be one"):
        bench.run(route, labels, texts, labels)
    with pytest.raises(PrerequisiteError, match="the labels `by` are texts"):
        bench.run(route, texts, labels, labels)
    with pytest.raises(PrerequisiteError, match="the labels `by` lack a number"):
        bench.run(route, make_labels(bench, items, [0.1, None, 0.1]), labels, labels)


def test_kinds_are_known_before():
    start = """experiment routing
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
y       = label(finetune(W, gold(qa.supervise)), qa.transfer)
t       = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())
"""
    for more, words in (
        ("z = route(by: y, then: t, otherwise: y)", "text and soft labels can't be one"),
        ("z = route(by: t, then: y, otherwise: y)", "route() reads probabilities of `by`"),
        ("z = Ψ(W, route(by: y, then: t, otherwise: t))", "and these are text labels"),
    ):
        (found,) = w2sdl.compile_text(start + more).diagnostics
        assert words in found.title()
