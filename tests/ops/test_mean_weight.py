"""`mean_weight`: means by hand, of right and of wrong labels, by question."""

from __future__ import annotations

import math

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.mean_weight import mean_weight


@pytest.fixture
def items(bench):
    return bench.keep(make_items([{"prompt": str(at)} for at in range(4)]))


def parts(metric):
    return {part["name"]: (part["n"], part["value"]) for part in metric.facts["parts"]}


def texts(bench, items, *said):
    return make_labels(bench, items, [None] * 4, kind="text", text=list(said))


def test_mean_weight_of_right_and_wrong_labels(bench, items):
    gold = make_labels(bench, items, [1.0] * 4, kind="hard")
    one = make_labels(bench, items, [0.9, 0.8, 0.1, 0.2], weight=[1.0, 0.6, 0.4, 0.2])
    metric = bench.run(mean_weight, one, gold)
    assert metric.value == pytest.approx(0.55)
    assert parts(metric) == {"right": (2, pytest.approx(0.8)), "wrong": (2, pytest.approx(0.3))}
    spread = math.sqrt(2 * 0.2**2) / 2 * 1.96
    assert metric.facts["parts"][0]["upper"] == pytest.approx(0.8 + spread)


def test_answers_to_one_question_are_taken_together(bench, items):
    gold = make_labels(bench, items, [1.0] * 4, kind="hard")
    one = make_labels(
        bench, items, [1.0] * 4, weight=[1.0, 0.6, 0.4, 0.2], keep=[True, True, True, False]
    )
    both = bench.run(concat, [one, one])
    single, double = (bench.run(mean_weight, labels, gold) for labels in (one, both))
    assert (single.n, double.n) == (3, 6)
    assert double.value == pytest.approx(single.value) == pytest.approx(2 / 3)
    assert double.upper == pytest.approx(single.upper)  # twice the rows say no more
    assert parts(double)["wrong"] == (0, None)


def test_texts_have_weights_too(bench, items):
    gold = texts(bench, items, *"abcd")
    told = make_labels(
        bench, items, [None] * 4, kind="text", text=["a ", "b", "x", "y"], weight=[1, 1, 0.5, 0.5]
    )
    metric = bench.run(mean_weight, told, gold)
    assert parts(metric) == {"right": (2, 1.0), "wrong": (2, 0.5)}
