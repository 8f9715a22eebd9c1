from __future__ import annotations

from pathlib import Path

import pytest
from test_accuracy import labels
from workbench import Workbench

from w2sdl_runtime.ops.agreement import agreement


def test_agreement_is_split_by_whether_the_supervisor_is_right(tmp_path: Path) -> None:
    gold = labels([1, 1, 1, 0, 0, 0])
    supervisor = labels([0.9, 0.8, 0.2, 0.1, 0.7, 0.9])  # right: rows 0, 1, 3
    student = labels([0.9, 0.1, 0.1, 0.2, 0.9, 0.1])  # agrees: rows 0, 2, 3, 4
    bench = Workbench(tmp_path)
    metric = bench.keep(agreement(bench.context("agreement"), student, supervisor, gold))
    right, wrong = metric.facts["parts"]
    assert metric.value == pytest.approx(4 / 6)
    assert (metric.n, right["n"], wrong["n"]) == (6, 3, 3)
    assert right["value"] == pytest.approx(2 / 3)
    assert wrong["value"] == pytest.approx(2 / 3)
    assert right["lower"] < right["value"] < right["upper"]


def test_a_split_without_rows_is_null_with_its_reason(tmp_path: Path) -> None:
    gold = labels([1, 0])
    context = Workbench(tmp_path).context("agreement")
    perfect = agreement(context, labels([0.9, 0.9]), gold, gold)
    assert perfect.value == 0.5
    assert perfect.facts["parts"][1]["value"] is None
    assert perfect.facts["parts"][1]["reason"] == "supervisor_never_wrong"


def test_the_rows_let_a_reader_count_again(tmp_path: Path) -> None:
    gold, supervisor = labels([1, 1, 0, 0]), labels([1, 0, 0, 1])
    context = Workbench(tmp_path).context("agreement")
    metric = agreement(context, labels([1, 0, 1, 1]), supervisor, gold)
    assert metric.rows is not None
    rows = metric.rows.to_pylist()
    for part in metric.facts["parts"]:
        inside = [row["agree"] for row in rows if row[part["where"]] is part["is"]]
        assert part["value"] == sum(inside) / len(inside)
