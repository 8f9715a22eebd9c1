"""What a model may read of a data set: its items, without gold."""

from __future__ import annotations

from w2sdl_runtime.data.tables import concat_items
from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Data, Items, open_as


@op("items", version=1, inline=True)
def items(ctx: Context, data: Data) -> Items:
    """The items of all parts, part by part; of a single part, the stored object itself."""
    stored = [open_as(ctx, part.items, Items) for part in data.parts.values()]
    return stored[0] if len(stored) == 1 else concat_items(stored)
