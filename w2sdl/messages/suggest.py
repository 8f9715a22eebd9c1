"""Nearest names for a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_CLOSE = 0.6


def nearest_names(wrong: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` known names that are close to ``wrong``, nearest first.

    Names whose closeness is clearly below that of the nearest one are left out.
    """
    scored = sorted(((_closeness(wrong, name), name) for name in set(known)), reverse=True)
    close = [(score, name) for score, name in scored if score >= _CLOSE]
    if not close:
        return ()
    best = close[0][0]
    return tuple(name for score, name in close[:limit] if score >= best - 0.1)


def _closeness(wrong: str, name: str) -> float:
    """From 0 to 1; 0 too for names that are not close, without a long look at them."""
    plain, other = wrong.rstrip("'").casefold(), name.rstrip("'").casefold()
    if plain == other:
        return 1.0
    matcher = SequenceMatcher(None, plain, other)
    if matcher.real_quick_ratio() < _CLOSE or matcher.quick_ratio() < _CLOSE:
        return 0.0  # both are upper bounds
    return matcher.ratio()
