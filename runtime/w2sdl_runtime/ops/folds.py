"""Folds of a data set, so that a supervisor can label the rows that it was fitted on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.folding import with_folds
from w2sdl_runtime.op import Context, PortMark, Seed, op
from w2sdl_runtime.values import Data, Items, Labels, PartRef

Folds = Annotated[int, Field(ge=2)]


@op("folds", version=1, inline=True)
def folds(
    ctx: Context,
    data: Annotated[Data, PortMark(channel="folds", rows="kept")],
    *,
    k: Folds,
    seed: Seed = 0,
) -> Data:
    """The same rows, each with one of ``k`` folds, by content.

    Rows of one group share a fold. What is trained on labels of these rows is trained once for
    each fold, without it, and answers its own rows out of fold (see ``finetune``).

    Args:
        ctx: the context.
        data: every part gets folds of its own.
        k: how many. Groups are not counted out, so folds differ a little in size.
        seed: another one draws other folds.

    Raises:
        PrerequisiteError: when a part has too few groups for so many folds.
    """
    parts: dict[str, PartRef] = {}
    sizes: dict[str, list[int]] = {}
    for name, part in data.parts.items():
        items, sizes[name] = with_folds(ctx, open_as(ctx, part.items, Items), k, name)
        digest = ctx.put(items)
        gold = replace(open_as(ctx, part.gold, Labels), items=digest)
        parts[name] = PartRef(digest, ctx.put(gold), part.rows)
    return Data(parts, data.corpus, {**data.notes, "folds": sizes})
