"""Numbers, lists and facts in words, as messages and summaries have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def how_many(number: int, noun: str) -> str:
    """``1 error``, ``3 errors``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str], most: int) -> str:
    """``a, b and 3 more``: at most so many of some names, and how many there are besides."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def facts_text(facts: Mapping[str, float | str]) -> str:
    """``loss 0.5123 step 40``."""
    return " ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in facts.items()
    )
