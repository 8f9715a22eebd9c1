"""`accuracy_by_entropy`: levels by hand, and null where there are no rows."""

from __future__ import annotations

import math

import pytest
from workbench import make_labels, make_texts, parts_of

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy_by_entropy import accuracy_by_entropy
from w2sdl_runtime.ops.votes import votes


def test_levels_are_the_ways_to_split_the_votes(bench, four):
    every = [make_texts(bench, four, *one) for one in ("abab", "abac", "abxd")]
    gold = make_texts(bench, four, *"acab")
    agreed = bench.run(votes, every)  # a 3/0, b 3/0, a 2/1, b 1/1/1
    metric = bench.run(accuracy_by_entropy, agreed, gold)
    assert (metric.value, metric.n) == (0.75, 4)
    assert parts_of(metric) == {
        "unanimous": (2, 0.5),
        "split": (2, 1.0),
        "3 (H=0.000)": (2, 0.5),
        "2/1 (H=0.637)": (1, 1.0),
        "1/1/1 (H=1.099)": (1, 1.0),
    }
    of_one = bench.run(accuracy_by_entropy, every[2], gold, agreed)  # a b x d
    assert parts_of(of_one)["split"] == (2, 0.0)


def test_five_votes_have_the_seven_published_levels(bench, four):
    metric = bench.run(
        accuracy_by_entropy,
        bench.run(votes, [make_texts(bench, four, *"aaaa")] * 5),
        make_texts(bench, four, *"aaaa"),
    )
    names = list(parts_of(metric))[2:]
    assert [float(name.split("=")[1][:5]) for name in names] == [
        0.0, 0.5, 0.673, 0.95, 1.055, 1.332, 1.609,
    ]  # fmt: skip
    assert metric.facts["parts"][1]["reason"] == "all_are_unanimous"
    assert metric.facts["parts"][4]["reason"] == "no_row_of_this_entropy"


def test_probabilities_have_four_bands(bench, four):
    told = make_labels(bench, four, [1.0, 0.98, 0.8, 0.5])
    gold = make_labels(bench, four, [1.0, 0.0, 1.0, 1.0], kind="hard")
    metric = bench.run(accuracy_by_entropy, told, gold)
    assert parts_of(metric) == {
        "unanimous": (1, 1.0),
        "split": (3, pytest.approx(1 / 3)),
        "H up to 0.17": (2, 0.5),
        "H up to 0.35": (0, None),
        "H up to 0.52": (1, 1.0),
        "H up to 0.69": (1, 0.0),
    }
    assert [-(0.8 * math.log(0.8) + 0.2 * math.log(0.2))] == pytest.approx(
        metric.rows.column("entropy").to_pylist()[2:3]
    )


def test_labels_that_are_neither_sure_nor_voted_have_no_level(bench, four):
    with pytest.raises(PrerequisiteError, match="say nothing of how sure"):
        bench.run(
            accuracy_by_entropy, make_texts(bench, four, *"abcd"), make_texts(bench, four, *"abcd")
        )
