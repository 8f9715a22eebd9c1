"""Several comparisons at once: p corrected so that one false finding among them stays rare."""

from __future__ import annotations

from collections.abc import Sequence


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p (1979): below 0.05 is significant in the whole family.

    The k-th smallest of m is multiplied by m - k + 1, and none is below a smaller one's. An undefined
    p (None) stays None and is not counted among the m.

    Raises:
        ValueError: for a p outside 0..1.
    """
    known = sorted((p, at) for at, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    so_far = 0.0
    for rank, (p, at) in enumerate(known):
        if not 0 <= p <= 1:
            raise ValueError(f"p = {p}: a p lies between 0 and 1")
        so_far = max(so_far, min(1.0, (len(known) - rank) * p))
        adjusted[at] = so_far
    return adjusted
