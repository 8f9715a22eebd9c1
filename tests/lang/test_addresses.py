"""Which nodes people mean by what they type."""

from __future__ import annotations

import pytest

from w2sdl.addresses import nodes_meant

KNOWN = {
    "1": ["S'[evidence=debate, seed=0]", "T[seed=0]"],
    "2": ["S'[evidence=debate, seed=1]"],
    "3": ["S"],
    "4": ["label(S', d.test)[seed=0]"],
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("S'[evidence=debate, seed=1]", ["2"]),
        ("S′[evidence=debate,seed=1]", ["2"]),
        ("S’", ["1", "2"]),
        ("S", ["3"]),
        ("T", ["1"]),
        ("T[seed=0]", ["1"]),
        ("label(S',d.test)", ["4"]),
        ("S'[seed=1]", []),
    ],
)
def test_an_address_is_typed_with_any_blanks_and_primes(typed: str, meant: list[str]) -> None:
    assert nodes_meant(typed, KNOWN) == meant
