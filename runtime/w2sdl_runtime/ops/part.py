"""One part of a data set: ``sciq.test``."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.op import Context, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Data


@op("part", version=1, inline=True)
def part(ctx: Context, data: Annotated[Data, PortMark(rows="kept")], *, name: str) -> Data:
    """Data with one part only. Equal rows give an equal result, whatever the other parts hold.

    A field of data is this operation, with its ``name``: ``qa.test``.

    Raises:
        PrerequisiteError: when there is no such part.
    """
    if name not in data.parts:
        known = ", ".join(f"`{known}`" for known in data.parts)
        raise PrerequisiteError(f"the data has no part `{name}`", f"its parts are {known}")
    # Notes count all parts, so they stay behind: otherwise one part's growth would move every key.
    return Data({name: data.parts[name]}, data.corpus)
