"""`weigh`: weights by hand, joined by item id, and what reaches the training."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.weigh import weigh
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.weightings import Backing, Margin

ROWS = [{"prompt": str(at), "candidate": "x"} for at in range(4)]


@pytest.fixture
def items(bench):
    return bench.keep(make_items(ROWS))


def weights(labels):
    return labels.table.column("weight").to_pylist()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Margin(), [0.8, 1.0, 0.0, 0.5]),
        (Backing(), [0.9, 0.0, 0.5, 0.2 * 0.25 + 0.8 * 0.75]),
    ],
)
def test_weights_are_those_of_the_formula(bench, items, how, expected):
    labels = make_labels(bench, items, [1.0, 1.0, 0.3, 0.2])
    judge = make_labels(bench, items, [0.9, 0.0, 0.5, 0.25])
    assert weights(bench.run(weigh, labels, judge, how=how)) == pytest.approx(expected)


def test_weights_multiply_and_drops_stay(bench, items):
    keep = [True, False, True, True]
    values = [1.0, None, 1.0, 1.0]  # what a file of labels lacks is dropped
    labels = make_labels(bench, items, values, weight=[2.0, 1.0, 0.0, 1.0], keep=keep)
    judge = make_labels(bench, items, [0.75, 1.0, 1.0, 1.0])
    found = bench.run(weigh, labels, judge)
    assert weights(found) == [1.0, 1.0, 0.0, 1.0]
    assert found.table.column("keep").to_pylist() == keep


def test_the_judge_is_joined_by_item_id(bench, items):
    labels = make_labels(bench, items, [1.0] * 4)
    judge = make_labels(bench, items, [0.5, 0.6, 0.7, 0.8])
    turned = judge.table.take([3, 2, 1, 0])
    turned = bench.keep(Labels(turned, judge.items, "soft", "model"))
    assert weights(bench.run(weigh, labels, turned)) == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_a_judge_that_is_sure_of_nothing_is_refused(bench, items):
    labels = make_labels(bench, items, [1.0] * 4)
    with pytest.raises(PrerequisiteError, match="every row has weight 0"):
        bench.run(weigh, labels, make_labels(bench, items, [0.5] * 4))


def test_rows_without_a_judgement_are_refused(bench, items):
    labels = make_labels(bench, items, [1.0] * 4)
    few = make_labels(bench, bench.keep(make_items(ROWS[:2])), [0.5, 0.9])
    with pytest.raises(PrerequisiteError, match="the judge's labels are of other rows: 2 items"):
        bench.run(weigh, labels, few)
