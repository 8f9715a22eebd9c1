"""Nearest names for a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_names(wrong: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` known names that are close to ``wrong``, nearest first.

    Names whose closeness is clearly below that of the nearest one are left out.
    """
    scored = sorted(((_closeness(wrong, name), name) for name in set(known)), reverse=True)
    close = [(score, name) for score, name in scored if score >= 0.6]
    if not close:
        return ()
    best = close[0][0]
    return tuple(name for score, name in close[:limit] if score >= best - 0.1)


def _closeness(wrong: str, name: str) -> float:
    plain, other = wrong.rstrip("'").casefold(), name.rstrip("'").casefold()
    if plain == other:
        return 1.0
    return SequenceMatcher(None, plain, other).ratio()
