"""Labels of the same rows under other prompts."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import as_the_labels
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Items, Labels


@op("retold", version=1, answers=as_the_labels)
def retold(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    items: Annotated[Items, PortMark(rows="joined")],
) -> Labels:
    """The labels on the same rows as `retell` asks them, so that a model learns from these prompts.

    A model that is to be asked in several ways has met them: Guo & Yang (2024) train the weak model on
    options in orders of their own. Values, weights and drops stay as they are.

    Args:
        ctx: the context.
        labels: of the rows as they were asked first, one label a row.
        items: the same rows with other prompts, joined by item id.

    Raises:
        PrerequisiteError: for items of other rows.
    """
    from dataclasses import replace

    from w2sdl_runtime.refining import rows

    asked = replace(labels, table=items.table.select(["item_id"]))
    at = rows.matched(asked, labels, "the labels")
    return replace(labels, table=labels.table.take(at), items=items.digest)
