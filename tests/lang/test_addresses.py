"""Which nodes people mean by what they type."""

from __future__ import annotations

import pytest

from w2sdl.addresses import near_addresses, nodes_meant

KNOWN = {
    "1": ["S'[evidence=debate, seed=0]", "T[seed=0]"],
    "2": ["S'[evidence=debate, seed=1]"],
    "3": ["S"],
    "4": ["label(S', d.test)[seed=0]"],
    "5": ["label(S'[member: 0], d.test)[seed=0]"],
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("S'[evidence=debate, seed=1]", ["2"]),
        ("S′[evidence=debate,seed=1]", ["2"]),
        ("S'[seed: 1, evidence: debate]", ["2"]),
        ("S’", ["1", "2"]),
        ("S", ["3"]),
        ("T", ["1"]),
        ("T[seed=0]", ["1"]),
        ("label(S',d.test)", ["4"]),
        ("label(S'[member: 0], d.test)", ["5"]),
        ("S'[seed=1]", []),
    ],
)
def test_an_address_is_typed_with_any_blanks_primes_and_order(typed: str, meant: list[str]) -> None:
    assert nodes_meant(typed, KNOWN) == meant


def test_a_near_address_stands_at_the_same_point() -> None:
    """The coordinates of another order would make another seed look nearer."""
    known = [f"S'[seed={seed}, evidence={one}]" for seed in range(3) for one in ("none", "debate")]
    assert near_addresses("S'[evidence=debat, seed=0]", known)[0] == "S'[seed=0, evidence=debate]"
