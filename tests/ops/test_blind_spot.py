"""`blind_spot`: by hand; what is unsure or right does not count, and the other rows are told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measured import run

from w2sdl_runtime.ops.blind_spot import blind_spot
from w2sdl_runtime.variants.selections import Confident

WEAK = [0.5, 0.6, 0.4, 0.7, 0.9, 0.1, 0.8, 0.75]  # unsure of the first four
STRONG = [0.9, 0.2, 0.7, 0.9, 0.9, 0.9, 0.4, 0.1]
GOLD = [
    0,
    1,
    0,
    1,
    0,
    0,
    1,
    0,
]  # surely wrong: rows 0, 1, 4 and 5; of row 2 it is wrong, and unsure


def test_by_hand(tmp_path: Path) -> None:
    metric = run(tmp_path, blind_spot, WEAK, STRONG, GOLD)
    assert metric.value == pytest.approx(2 / 4)
    (sure,) = metric.facts["parts"]
    assert metric.facts["better"] == "lower"  # as `compare` says which arm is better
    assert (sure["name"], sure["value"], sure["n"]) == ("weak sure", pytest.approx(2 / 4), 4)
    confidence = np.maximum(STRONG, 1 - np.array(STRONG))
    assert metric.facts["confidence_variance"] == pytest.approx(float(np.var(confidence)))


def test_what_is_sure_may_be_defined_otherwise(tmp_path: Path) -> None:
    metric = run(tmp_path, blind_spot, WEAK, STRONG, GOLD, sure=Confident(threshold=0.85))
    assert metric.rows is not None
    assert metric.rows["weak_sure"].to_pylist() == [False] * 4 + [True, True, False, False]
    assert metric.value == pytest.approx(1 / 6)  # row 1 is no longer sure


def test_a_weak_model_that_is_always_sure_has_no_blind_spot(tmp_path: Path) -> None:
    metric = run(tmp_path, blind_spot, [0.9, 0.1], [0.9, 0.9], [1, 0])
    assert metric.value is None
    assert metric.reason == "weak_never_unsure"
    assert metric.facts["parts"][0]["value"] == pytest.approx(0.5)
