"""`select` and its family: what is kept by hand, what is said of the rest, what can't be selected by."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.learning.labelled import fitting
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.keep_rates import keep_rates
from w2sdl_runtime.ops.route import route
from w2sdl_runtime.ops.select import select
from w2sdl_runtime.ops.votes import votes
from w2sdl_runtime.ops.was_right import was_right
from w2sdl_runtime.refining.uncertainty import entropy_of
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.selections import Above, Below, Confident, Entropy

ROWS = [{"prompt": str(at), "candidate": "x"} for at in range(4)]


@pytest.fixture
def items(bench):
    return bench.keep(make_items(ROWS))


def kept(labels):
    return labels.table.column("keep").to_pylist()


def voted(*entropies):
    return [json.dumps({"entropy": one}) for one in entropies]


def test_what_is_not_above_is_dropped_and_says_so(bench, items):
    keep, meta = (
        [True, True, False, True],
        [None, '{"p_ik":1}', '{"drop_reason":"cut short"}', None],
    )
    labels = make_labels(bench, items, [0.1, 0.2, 0.3, 0.4], keep=keep, meta=meta)
    by = make_labels(bench, items, [0.71, 0.7, 0.99, 0.9])
    found = bench.run(select, labels, by, how=Above(threshold=0.7))
    assert kept(found) == [True, False, False, True]
    assert found.table.column("meta").to_pylist() == [
        None,
        '{"drop_reason":"not above(threshold: 0.7)","p_ik":1}',
        '{"drop_reason":"cut short"}',
        None,
    ]
    same = ["item_id", "value", "weight", "text"]
    assert found.table.select(same) == labels.table.select(same)
    assert "2 of 3 rows are above(threshold: 0.7)" in bench.logs


def test_where_none_is_selected_it_is_said_and_measured_and_not_trained_on(bench, items):
    labels = make_labels(bench, items, [0.2] * 4)
    found = bench.run(select, labels, labels, how=Above(threshold=0.9))
    assert "warning: 0 of 4 rows are above(threshold: 0.9)" in bench.logs
    gold = make_labels(bench, items, [1.0, 1.0, 0.0, 0.0], kind="hard")
    assert bench.run(keep_rates, found, gold).reason == "nothing_is_kept"
    with pytest.raises(
        PrerequisiteError, match=r"drop all of them \(4 not above\(threshold: 0.9\)\)"
    ):
        fitting(bench.context("finetune"), Model({}), found, None, Xent(), Train())


def test_below_is_what_above_leaves(bench, items):
    labels = make_labels(bench, items, [1.0] * 4)
    by = make_labels(bench, items, [0.71, 0.7, 0.2, 0.9])
    above, below = (
        kept(bench.run(select, labels, by, how=how(threshold=0.7))) for how in (Above, Below)
    )
    assert [one != other for one, other in zip(above, below, strict=True)] == [True] * 4


def test_confident_is_either_class_and_needs_nobody_else(bench, items):
    labels = make_labels(bench, items, [0.25, 0.26, 0.74, 0.75])
    assert kept(bench.run(select, labels, how=Confident())) == [True, False, False, True]
    other = make_labels(bench, items, [0.5, 0.99, 0.01, 0.5])
    assert kept(bench.run(select, labels, other, how=Confident(threshold=0.9))) == [
        False,
        True,
        True,
        False,
    ]


def test_entropy_of_votes_up_to_the_median_of_what_is_kept(bench, items):
    unanimous, split = entropy_of([5]), entropy_of([3, 2])
    meta = voted(unanimous, split, 1.0549, 1.6094)
    labels = make_labels(bench, items, [None] * 4, kind="text", text=["a"] * 4, meta=meta)
    assert kept(bench.run(select, labels, how=Entropy())) == [True, True, False, False]
    keep = [True, True, False, False]  # the median is then that of the first two
    fewer = make_labels(bench, items, [1.0] * 4, kind="hard", meta=meta, keep=keep)
    assert kept(bench.run(select, fewer, how=Entropy())) == [True, False, False, False]
    assert kept(bench.run(select, labels, how=Entropy(threshold=0.68))) == [
        True,
        True,
        False,
        False,
    ]


def test_where_the_median_is_0_only_the_unanimous_stay(bench, items):
    labels = make_labels(bench, items, [1.0] * 4, meta=voted(0, 0, 0, 0.5004))
    assert kept(bench.run(select, labels, how=Entropy())) == [True, True, True, False]


def test_equal_splits_have_one_entropy_and_certainty_has_none():
    assert entropy_of([3, 1, 1]) == entropy_of([1, 3, 1]) == entropy_of([0, 1, 1, 3])
    assert entropy_of([1, 1, 5]) == entropy_of([5, 1, 1]) == entropy_of([1, 5, 1])
    assert entropy_of([5]) == 0
    assert math.copysign(1, entropy_of([5])) == 1


def test_a_probability_has_an_entropy(bench, items):
    labels = make_labels(bench, items, [1.0, 0.1, 0.9, 0.5])
    at = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
    assert kept(bench.run(select, labels, how=Entropy(threshold=at))) == [True, True, True, False]
    assert kept(bench.run(select, labels, how=Entropy(threshold=math.log(2)))) == [True] * 4


def test_all_forms_of_a_question_go_with_its_vote(bench, items):
    answers = [make_labels(bench, items, [1.0, 0.0, 1.0, 0.0], kind="hard") for _ in range(2)]
    by = make_labels(bench, items, [1.0] * 4, kind="hard", meta=voted(0, 0.7, 0, 0.7))
    both = bench.run(concat, answers)
    found = bench.run(select, both, by, how=Entropy(threshold=0.5))
    assert kept(found) == [True, False, True, False] * 2


@pytest.mark.parametrize("kind", ["hard", "text"])
def test_an_answer_that_nobody_voted_on_has_no_entropy(bench, items, kind):
    labels = make_labels(bench, items, [1.0] * 4, kind=kind, text=["a"] * 4)
    with pytest.raises(PrerequisiteError, match=f"these {kind} labels say nothing of how sure"):
        bench.run(select, labels, how=Entropy())


def test_what_can_not_be_selected_by_is_refused(bench, items):
    labels = make_labels(bench, items, [0.2] * 4)
    with pytest.raises(PrerequisiteError, match="lack a number for 1 of 4 rows"):
        bench.run(select, labels, make_labels(bench, items, [0.9, None, 0.9, 0.9]), how=Above())
    twice = bench.run(concat, [labels, labels])
    with pytest.raises(PrerequisiteError, match="name 4 rows more than once"):
        bench.run(select, labels, twice, how=Above())
    fewer = make_labels(bench, bench.keep(make_items(ROWS[:3])), [0.9] * 3)
    with pytest.raises(
        PrerequisiteError, match=r"of other rows: 1 items are without one, 0 .*train-3"
    ):
        bench.run(select, labels, fewer, how=Above())


START = """experiment choosing
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
y       = label(finetune(W, gold(qa.supervise)), qa.transfer)
t       = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())
"""


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ("z = select(y)", "W2S0404", "above() selects by what other labels say of a row"),
        ("z = select(y, how: below())", "W2S0404", "below() selects by what other labels say"),
        ("z = select(y, by: t)", "W2S0405", "above() selects by probabilities"),
        ("z = select(t, how: confident())", "W2S0404", "`labels` are words without probabilities"),
        ("z = Ψ(W, select(t, by: y))", "W2S0405", "and these are text labels"),
    ],
)
def test_what_can_be_known_before_is_said_before(more, code, words):
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert found.code == code
    assert words in found.title()


def test_texts_are_selected_by_numbers_and_by_entropy():
    more = "z = select(t, by: y)\nv = select(t, by: t, how: entropy(threshold: 0.5))"
    assert w2sdl.compile_text(START + more).diagnostics == ()


def named(bench, items, chances):
    """Labels over three named classes."""
    from w2sdl_runtime.data.named_classes import retold

    labels = make_labels(bench, items, [None] * 4, kind="text", text=["a"] * 4)
    return bench.keep(retold(labels, np.array(chances), ("a", "b", "c")))


def test_named_classes_are_selected_by_the_likeliest_and_by_their_entropy(bench, items):
    labels = named(bench, items, [[1, 0, 0], [0.8, 0.1, 0.1], [0.5, 0.5, 0], [0.4, 0.3, 0.3]])
    found = bench.run(select, labels, how=Confident())
    assert kept(found) == [True, True, False, False]
    assert found.classes == ("a", "b", "c")
    third = -(0.8 * math.log(0.8) + 0.2 * math.log(0.1))
    assert kept(bench.run(select, labels, how=Entropy(threshold=third))) == [
        True,
        True,
        False,
        False,
    ]
    assert kept(bench.run(select, labels, how=Entropy(threshold=0.7))) == [True, True, True, False]


def test_what_is_made_of_named_classes_has_them_or_not(bench, items):
    labels = named(bench, items, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    words = make_labels(bench, items, [None] * 4, kind="text", text=["a", "x", "c", "d"])
    by = make_labels(bench, items, [1.0, 0.0, 1.0, 0.0])
    both = bench.run(route, by, labels, labels)
    assert both.classes == labels.classes
    assert both.table.column("text") == labels.table.column("text")
    mixed = bench.run(route, by, labels, words)
    assert (mixed.classes, mixed.table.column("text").to_pylist()) == ((), ["a", "x", "c", "d"])
    for found in (bench.run(votes, [labels, words]), bench.run(was_right, labels, words)):
        assert found.classes == ()
        assert "probabilities" not in found.table.column_names
