from __future__ import annotations

import json

import pytest
from workbench import make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.order_accuracy import order_accuracy


def test_accuracy_by_order_and_in_both(tiny):
    gold = make_labels(tiny.bench, tiny.test, tiny.truth, kind="hard")
    first = [1.0, 0.2, 0.9, 0.9] * 6
    second = [0.9, 0.1, 0.1, 0.8] * 6
    assert tiny.truth[:4] == [1.0, 0.0, 1.0, 0.0]
    labels = _told(tiny, first, second)
    metric = tiny.bench.keep(order_accuracy(tiny.bench.context("order_accuracy"), labels, gold))
    assert metric.value == 0.5, "the first two of every four"
    assert [part["value"] for part in metric.facts["parts"]] == [0.75, 0.5]
    assert metric.facts["swayed"] == 0.25
    assert metric.rows.column("right").to_pylist()[:4] == [True, True, False, False]


def _told(tiny, first, second):
    import pyarrow as pa

    plain = make_labels(tiny.bench, tiny.test, [0.5] * len(first))
    meta = [
        json.dumps({"orders": {"correct_first": a, "incorrect_first": b}})
        for a, b in zip(first, second, strict=True)
    ]
    table = plain.table.set_column(5, "meta", pa.array(meta, pa.string()))
    return tiny.bench.keep(type(plain)(table, plain.items, "soft", "model"))


def test_labels_of_one_order_have_no_accuracy_by_order(tiny):
    gold = make_labels(tiny.bench, tiny.test, tiny.truth, kind="hard")
    context = tiny.bench.context("order_accuracy")
    accuracy(context, gold, gold)
    with pytest.raises(
        PrerequisiteError, match="24 of 24 measured labels are not of debates in bo"
    ):
        order_accuracy(context, gold, gold)


def test_the_report_resamples_each_order_by_its_own_column(tiny):
    """Rows of a part are all rows; what it counts is its own column."""
    from w2sdl_runtime.report.sampling import Samples, metric_samples

    gold = make_labels(tiny.bench, tiny.test, tiny.truth, kind="hard")
    labels = _told(tiny, [1.0, 0.0] * 12, [0.0, 0.0] * 12)
    metric = order_accuracy(tiny.bench.context("order_accuracy"), labels, gold)
    samples = Samples.of([metric], 1)
    for part, value in zip(metric.facts["parts"], (1.0, 0.5), strict=True):
        found = metric_samples(metric, samples, part)
        assert found[0] == value
        without_one = found[2:]
        assert set(without_one.round(4)) == ({1.0} if value == 1 else {0.4783, 0.5217})
