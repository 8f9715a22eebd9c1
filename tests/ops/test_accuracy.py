from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workbench import Workbench

from w2sdl_runtime.measuring.classes import wilson
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.values import Labels, Metric


def labels(values: Iterable[Any], ids: list[str] | None = None, kind: str = "soft") -> Labels:
    import pyarrow as pa

    numbers = pa.array([None if v is None else float(v) for v in values], pa.float64())
    ids = ids or [f"item{i}" for i in range(len(numbers))]
    n = len(ids)
    rest = {"weight": np.ones(n), "keep": [True] * n}
    empty = {name: pa.nulls(n, pa.string()) for name in ("text", "meta")}
    table = pa.table({"item_id": ids, "value": numbers, **rest, **empty})
    return Labels(table, "i" * 64, kind, "model")


def run(tmp_path: Path, scored: Labels, gold: Labels) -> Metric:
    bench = Workbench(tmp_path)
    metric = accuracy(bench.context("accuracy"), scored, gold)
    return bench.keep(metric)


def test_a_tie_is_class_0_and_every_row_is_kept(tmp_path: Path) -> None:
    metric = run(tmp_path, labels([0.9, 0.5, 0.2, 0.6]), labels([1, 0, 1, 0]))
    assert metric.value == 0.5
    assert metric.n == 4
    assert metric.rows is not None
    assert metric.rows.column_names == ["item_id", "probability", "label", "gold", "right"]
    assert metric.rows["label"].to_pylist() == [True, False, False, True]
    assert metric.rows["right"].to_pylist() == [True, True, False, False]


def test_facts_say_what_chance_would_do(tmp_path: Path) -> None:
    metric = run(tmp_path, labels([0.9] * 8), labels([1, 1, 0, 0, 0, 0, 0, 0]))
    assert metric.value == 0.25
    assert metric.facts["base_rate"] == 0.25
    assert metric.facts["majority"] == 0.75
    assert metric.facts["expected_se"] == pytest.approx(np.sqrt(0.25 * 0.75 / 8))


def _by_scipy(successes: int, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)
    assert all(wilson(k, n)[1:] == _by_scipy(k, n) for n in (1, 7, 300) for k in range(n + 1))
    assert wilson(0, 20) == pytest.approx((0.0, 0.0, 0.1611), abs=5e-5)


def test_rows_are_joined_by_id_not_by_position(tmp_path: Path) -> None:
    shuffled = labels([0.1, 0.9, 0.8], ["c", "a", "b"])
    metric = run(tmp_path, shuffled, labels([1, 1, 0], ["a", "b", "c"]))
    assert metric.value == 1.0
    assert metric.rows is not None
    assert metric.rows["item_id"].to_pylist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("scored", "gold", "said"),
    [
        (labels([0.9], ["a"]), labels([1, 0], ["a", "b"]), "1 rows with gold have no label"),
        (labels([0.9, 0.1], ["a", "b"]), labels([1], ["a"]), "1 labels have no gold"),
        (labels([0.9, 0.1], ["a", "a"]), labels([1, 0], ["a", "b"]), "more than once"),
        (labels([0.9, 0.1], ["a", "b"]), labels([1, 0], ["a", "a"]), "more than once"),
        (labels([0.9, np.nan]), labels([1, 0]), "lack a number for 1 of 2"),
        (labels([0.9, None]), labels([1, 0]), "lack a number for 1 of 2"),
        (labels([0.9, 0.1]), labels([1, 0.4]), "neither 0 nor 1"),
        (labels([0.9], kind="text"), labels([1]), "texts"),
        (labels([]), labels([]), "no rows"),
    ],
)
def test_nothing_is_dropped_in_silence(
    tmp_path: Path, scored: Labels, gold: Labels, said: str
) -> None:
    with pytest.raises(PrerequisiteError, match=said) as caught:
        run(tmp_path, scored, gold)
    assert caught.value.help


@pytest.mark.parametrize(("values", "warned"), [([0.9, 0.8, 0.7], True), ([0.9, 0.8, 0.2], False)])
def test_one_class_for_all_rows_is_said(tmp_path: Path, values: list[float], warned: bool) -> None:
    bench = Workbench(tmp_path)
    accuracy(bench.context("accuracy"), labels(values), labels([1, 0, 1]))
    assert any("given the same class" in line for line in bench.logs) is warned


def test_other_labels_may_take_the_place_of_gold(tmp_path: Path) -> None:
    """Rows 0 and 2 agree with gold, rows 1 and 2 with what it is compared against."""
    scored, gold = labels([0.9, 0.1, 0.2]), labels([1, 1, 0])
    metric = accuracy(Workbench(tmp_path).context("accuracy"), scored, gold, labels([0, 0, 0]))
    assert metric.value == pytest.approx(2 / 3)
    assert metric.rows is not None
    assert metric.rows["right"].to_pylist() == [False, True, True]
