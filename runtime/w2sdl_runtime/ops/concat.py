"""Several labels as one, say weak labels of one part and gold of another data set."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import Given, Params, together
from w2sdl_runtime.data.as_one import kind_of, origin_of
from w2sdl_runtime.data.named_classes import over_all_classes
from w2sdl_runtime.data.tables import concat_items
from w2sdl_runtime.op import Axes, Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels


def _joined(params: Params, given: Given) -> str | Mismatch:
    return together(given["labels"])


@op("concat", version=2, inline=True, answers=_joined)
def concat(
    ctx: Context, labels: Annotated[list[Labels], PortMark(rows="added")], *, over: Axes = ()
) -> Labels:
    """The rows of all labels, one after the other, with their weights and drops.

    Soft and hard labels together are soft. Words over named classes are over all of them together; beside
    these, a word without probabilities has 1. A row that several of them label stays in all its forms:
    a training reads it as often, and the result is warned of.

    Args:
        ctx: the context.
        labels: at least one; with ``over``, one for each point of the reduced axes.
        over: the axes to reduce, such as that of the ways in which a question is asked.

    Raises:
        PrerequisiteError: when there are none, or numbers are to stand beside texts.
    """
    import pyarrow as pa

    if not labels:
        raise PrerequisiteError("concat() has no labels", "name at least one")
    if len(labels) == 1:
        return labels[0]
    items = concat_items([one.open_items() for one in labels])
    labels, classes = over_all_classes(labels)
    table = pa.concat_tables([one.table for one in labels]).combine_chunks()
    repeats = len(items) - len(set(items.column("item_id")))
    if repeats:
        ctx.warn(f"{repeats:,} of {len(items):,} labels are of a row that has another label")
    return Labels(table, ctx.put(items), kind_of(labels), origin_of(labels), classes=classes)
