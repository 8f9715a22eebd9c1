"""`conflict_tax`: by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured import run
from test_deception import CALM, GOLD, UNDER, parts

from w2sdl_runtime.ops.conflict_tax import conflict_tax


def test_the_tax_by_hand(tmp_path: Path) -> None:
    metric = run(tmp_path, conflict_tax, CALM, UNDER, GOLD)
    assert metric.value == pytest.approx(5 / 8)
    assert metric.facts["better"] == "lower"  # as `compare` says which arm is better
    assert parts(metric) == {
        "accuracy drop": (pytest.approx((6 - 2) / 8), 8),
        "mended": (pytest.approx(1 / 8), 8),
    }
    assert metric.facts["right"] == {"calm": 6 / 8, "under": 2 / 8}
    assert metric.rows is not None
    assert metric.rows["tax"].to_pylist() == [True, True, True, True, False, True, False, False]
