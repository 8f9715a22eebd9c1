"""`show`: a label as a sentence that stands beside its item."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.learning.contexts import as_shown, as_text, turns_of
from w2sdl_runtime.learning.rows import texts_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.show import show
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.heads.linear import Linear

SAYS = "Someone thinks this is {{ label }}."


def some(bench, values, **columns):
    rows = [{"prompt": f"p{n}", "candidate": f"c{n}"} for n in range(len(values))]
    return make_labels(bench, bench.keep(make_items(rows)), values, **columns)


def said(bench, labels, template):
    shown = bench.run(show, labels, template=template)
    turns = turns_of(shown, labels.table.column("item_id").to_pylist())
    return [as_text(one) for one in turns]


def test_words_by_label_dropped_rows_too(bench):
    labels = some(bench, [0.9, 0.5, 0.0], keep=[True, False, True])
    assert said(bench, labels, SAYS) == [
        "Someone thinks this is correct.",
        "Someone thinks this is incorrect.",
        "Someone thinks this is incorrect.",
    ]
    template = "{{ prompt }} {{ candidate }}: {{ '%.1f' | format(probability) }}"
    assert said(bench, labels, template) == ["p0 c0: 0.9", "p1 c1: 0.5", "p2 c2: 0.0"]


def test_text_labels_are_shown_as_they_are(bench):
    labels = some(bench, [0.0])
    table = labels.table.set_column(4, "text", [["a fox"]])
    words = bench.keep(Labels(table, labels.items, "text", "model"))
    assert said(bench, words, "It is {{ label }}.") == ["It is a fox."]


def test_a_judge_sees_no_quote_and_no_side(bench):
    labels = some(bench, [0.9])
    shown = bench.run(show, labels, template=SAYS)
    (turns,) = turns_of(shown, labels.table.column("item_id").to_pylist())
    assert as_shown(turns) == as_shown([])
    (text,) = texts_of(labels.open_items(), shown, "after")
    assert "".join(text.pieces()) == "p0 c0\nSomeone thinks this is correct."


def test_a_student_that_may_imitate_does(tiny):
    """Labels at odds with the world are copied from the text."""
    values = [float(n % 3 == 0) for n in range(len(tiny.train))]
    labels = make_labels(tiny.bench, tiny.train, values)
    told = tiny.bench.run(
        show, labels, template="{{ 'forest' if label == 'correct' else 'desert' }}"
    )
    hard = Train(epochs=15, batch=8, learning_rate=3e-3)
    student = tiny.bench.run(
        finetune, tiny.model, labels, context=told, head=Linear(), train=hard, seed=0
    )
    value = predict(student, tiny.train, tiny.bench.context("test"))
    assert ((value > 0.5) == [v > 0.5 for v in values]).mean() > 0.9


def test_refusals(bench):
    labels = some(bench, [0.9, float("nan")])
    with pytest.raises(PrerequisiteError, match=r"1 of 2 rows have no label to show.*train-1"):
        bench.run(show, labels, template=SAYS)
    labels = some(bench, [0.9])
    with pytest.raises(PrerequisiteError, match="names `gold`, which it can't see") as caught:
        bench.run(show, labels, template="{{ gold }}")
    assert "passage" not in caught.value.help
    with pytest.raises(PrerequisiteError, match="can't be used"):
        bench.run(show, labels, template="{{ ''.__class__.__mro__ }}")
