"""The family `PartSize`: how many items a part takes, and from which split of the source."""

from __future__ import annotations

from pydantic import Field

from w2sdl_runtime.op import Count, Variant, variant


class PartSize(Variant):
    """Base of part sizes. A bare number n stands for ``take(n)``."""


@variant("take")
class Take(PartSize):
    """So many items, drawn from all rows or from one split."""

    n: Count
    of: str = Field(default="", description="the split to draw from; without it, all rows")


@variant("rest")
class Rest(PartSize):
    """All items that the other parts leave, of all rows or of one split.

    Parts of one split are filled before those of all rows.
    """

    of: str = Field(default="", description="the split to draw from; without it, all rows")
    at_most: Count | None = Field(default=None, description="no more than so many items")
