"""Reliability diagrams: counts that don't meet, and axes where there are panels only."""

from __future__ import annotations

import numpy as np
import pytest

from w2sdl_runtime.report.confidence import BINS, _bins, _diagrams, _short


@pytest.mark.parametrize(
    ("rows", "text"), [(7, "7"), (404, "404"), (1_234, "1.2k"), (9_960, "10k"), (123_456, "123k")]
)
def test_a_count_fits_above_its_bin(rows: int, text: str) -> None:
    """Breaks where 404 rows are called 400 without a word."""
    assert _short(rows) == text


def test_counts_stand_in_the_middle_of_their_bins() -> None:
    """Breaks where two counts stand on each other, since the mean P of two bins may be close."""
    found = _bins(np.array([0.199, 0.198, 0.201, 0.95]), np.array([True, False, True, True]))
    assert [one["middle"] for one in found] == pytest.approx([1.5 / BINS, 2.5 / BINS, 9.5 / BINS])
    assert [one["label"] for one in found] == ["2", "1", "1"]


@pytest.mark.parametrize(("panels", "own"), [(7, True), (6, False), (2, False)])
def test_no_axis_stands_where_there_is_no_panel(panels: int, own: bool) -> None:
    heads = [f"model {n}" for n in range(panels)]
    one = _bins(np.array([0.2, 0.9]), np.array([False, True]))
    bins = [b | {"panel": head, "ink": "student"} for head in heads for b in one]
    spec = _diagrams(bins, heads).to_dict()
    assert (spec.get("resolve", {}).get("axis", {}).get("x") == "independent") is own
