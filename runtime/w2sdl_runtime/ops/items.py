"""What a model may read of a data set: its items, without gold."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.tables import concat_items
from w2sdl_runtime.op import Context, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Data, Items


@op("items", version=1, inline=True)
def items(ctx: Context, data: Annotated[list[Data], PortMark(rows="added")]) -> Items:
    """The items of all parts of all data, in order; of a single part, the stored object itself.

    Raises:
        PrerequisiteError: when there is no data, or a row is in it twice.
    """
    stored = [open_as(ctx, part.items, Items) for one in data for part in one.parts.values()]
    if len(stored) == 1:
        return stored[0]
    if not stored:
        raise PrerequisiteError("items([]) names no data", "name a data set, or some of its parts")
    every = concat_items(stored)
    twice = [item for item, count in Counter(every.column("item_id")).items() if count > 1]
    if twice:
        raise PrerequisiteError(
            f"{len(twice):,} items come more than once (first: {twice[0]})",
            "name each part once, and leave out data that holds the same rows",
        )
    return every
