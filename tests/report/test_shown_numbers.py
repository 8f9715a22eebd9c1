"""Numbers as reports and terminals show them."""

from __future__ import annotations

import math

import pytest

from w2sdl.cli.summary import _number_text
from w2sdl.decimals import fixed
from w2sdl_runtime.report.text import number, percent


@pytest.mark.parametrize("noise", [-1, 0, 1])
def test_a_mean_is_shown_alike_whatever_its_last_bit(noise: int) -> None:
    """Breaks where `scores` says .488 and `pgr`, which forms the mean in another order, .487."""
    mean = math.nextafter(0.4875, noise) if noise else 0.4875
    assert number(mean) == number(0.4875)
    assert percent(mean, 1) == percent(0.4875, 1)
    assert _number_text(mean) == _number_text(0.4875)


@pytest.mark.parametrize(
    ("value", "share", "points"),
    [
        (0.0075, "0.008", "0.8"),
        (0.9125, "0.912", "91.2"),
        (-0.0125, "−0.012", "−1.2"),
        (-0.0001, "0.000", "0.0"),
    ],
)
def test_a_share_and_the_same_in_per_cent_have_the_same_digits(
    value: float, share: str, points: str
) -> None:
    """Breaks where a tie goes by the float that is nearest: `show` then says 0.007, and the report 0.8."""
    assert number(value) == share
    assert _number_text(value) == share.replace("−", "-")
    assert percent(value) == points


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e300, -1e15, 0.0])
def test_a_number_of_any_size_is_shown(value: float) -> None:
    assert fixed(value, 3) == f"{value:.3f}"
