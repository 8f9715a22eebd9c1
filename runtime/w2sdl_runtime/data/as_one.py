"""What labels of several kinds and origins are once they are one."""

from __future__ import annotations

from collections.abc import Sequence

from w2sdl_runtime.answers import together
from w2sdl_runtime.op import Mismatch, PrerequisiteError
from w2sdl_runtime.values import Labels


def kind_of(labels: Sequence[Labels]) -> str:
    """Their kind: soft and hard labels together are soft.

    Raises:
        PrerequisiteError: for labels that answer different questions.
    """
    found = together(one.label_kind for one in labels)
    if isinstance(found, Mismatch):
        raise PrerequisiteError(found.fact, found.advice)
    return found


def origin_of(labels: Sequence[Labels]) -> str:
    """Who made them."""
    origins = sorted({one.origin for one in labels})
    return origins[0] if len(origins) == 1 else f"mixed: {', '.join(origins)}"
