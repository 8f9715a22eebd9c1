"""`cdr`: by hand; and null where the student is sure of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured import run

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.cdr import cdr

STUDENT = [0.99, 0.97, 0.02, 0.01, 0.95, 0.50]  # sure: the first four (0.95 is not above 0.95)
TOLD = [0.01, 0.90, 0.99, 0.03, 0.00, 0.00]  # as sure of the other class: rows 0 and 2
GOLD = [1, 1, 1, 0, 0, 0]


def test_by_hand(tmp_path: Path) -> None:
    metric = run(tmp_path, cdr, STUDENT, TOLD, GOLD)
    assert metric.value == pytest.approx(2 / 4)
    assert (metric.n, metric.facts["counted"]) == (6, 4)
    assert metric.lower < 0.5 < metric.upper
    assert metric.facts["student_right_where_disagrees"] == 0.5  # row 0 is right, row 2 is wrong


def test_another_bound_counts_other_rows(tmp_path: Path) -> None:
    """Above 0.6 row 4 is sure too, and its supervisor is sure of the other class."""
    assert run(tmp_path, cdr, STUDENT, TOLD, GOLD, threshold=0.6).value == pytest.approx(3 / 5)


def test_nothing_sure(tmp_path: Path) -> None:
    metric = run(tmp_path, cdr, [0.6, 0.4], [0.1, 0.9], [1, 0])
    assert metric.value is None
    assert metric.reason == "student_never_sure"


def test_a_bound_that_makes_a_row_sure_of_both(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="both classes"):
        run(tmp_path, cdr, STUDENT, TOLD, GOLD, threshold=0.4)
