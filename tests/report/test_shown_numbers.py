"""Numbers as reports and terminals show them."""

from __future__ import annotations

import math

import pytest

from w2sdl.cli.summary import _number_text
from w2sdl_runtime.report.text import number, percent


@pytest.mark.parametrize("noise", [-1, 0, 1])
def test_a_mean_is_shown_alike_whatever_its_last_bit(noise: int) -> None:
    """Breaks where `scores` says .488 and `pgr`, which forms the mean in another order, .487."""
    mean = math.nextafter(0.4875, noise) if noise else 0.4875
    assert number(mean) == number(0.4875)
    assert percent(mean, 1) == percent(0.4875, 1)
    assert _number_text(mean) == _number_text(0.4875)
