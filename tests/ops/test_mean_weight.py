"""`mean_weight`: means by hand, of right and of wrong labels, by question."""

from __future__ import annotations

import math

import pytest
from workbench import make_labels, make_texts, parts_of

from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.mean_weight import mean_weight


def test_mean_weight_of_right_and_wrong_labels(bench, four):
    gold = make_labels(bench, four, [1.0] * 4, kind="hard")
    one = make_labels(bench, four, [0.9, 0.8, 0.1, 0.2], weight=[1.0, 0.6, 0.4, 0.2])
    metric = bench.run(mean_weight, one, gold)
    assert metric.value == pytest.approx(0.55)
    assert parts_of(metric) == {"right": (2, pytest.approx(0.8)), "wrong": (2, pytest.approx(0.3))}
    spread = math.sqrt(2 * 0.2**2) / 2 * 1.96
    assert metric.facts["parts"][0]["upper"] == pytest.approx(0.8 + spread)


def test_answers_to_one_question_are_taken_together(bench, four):
    gold = make_labels(bench, four, [1.0] * 4, kind="hard")
    one = make_labels(
        bench, four, [1.0] * 4, weight=[1.0, 0.6, 0.4, 0.2], keep=[True, True, True, False]
    )
    both = bench.run(concat, [one, one])
    single, double = (bench.run(mean_weight, labels, gold) for labels in (one, both))
    assert (single.n, double.n) == (3, 6)
    assert double.value == pytest.approx(single.value) == pytest.approx(2 / 3)
    assert double.upper == pytest.approx(single.upper)  # twice the rows say no more
    assert parts_of(double)["wrong"] == (0, None)


def test_texts_have_weights_too(bench, four):
    gold = make_texts(bench, four, *"abcd")
    told = make_labels(
        bench, four, [None] * 4, kind="text", text=["a ", "b", "x", "y"], weight=[1, 1, 0.5, 0.5]
    )
    metric = bench.run(mean_weight, told, gold)
    assert parts_of(metric) == {"right": (2, 1.0), "wrong": (2, 0.5)}
