"""`car`: by hand; what is right or unsure does not count."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured import run

from w2sdl_runtime.ops.car import car


def test_by_hand(tmp_path: Path) -> None:
    student = [0.9, 0.8, 0.1, 0.53, 0.9, 0.2]
    told = [0.7, 0.3, 0.4, 0.90, 0.9, 0.5]
    gold = [0, 0, 1, 0, 1, 1]  # wrong: all but row 4; row 3 is not sure; row 5's label is not sure
    metric = run(tmp_path, car, student, told, gold)
    assert metric.value == pytest.approx(2 / 4)  # rows 0 and 2, of rows 0, 1, 2 and 5
    assert metric.facts["counted"] == 4
    assert metric.rows is not None
    assert metric.rows["agrees"].to_pylist() == [True, False, True, False, False, False]


def test_never_wrong(tmp_path: Path) -> None:
    metric = run(tmp_path, car, [0.9, 0.1], [0.9, 0.1], [1, 0])
    assert metric.value is None
    assert metric.reason == "student_never_surely_wrong"
