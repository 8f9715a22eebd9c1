"""A random draw of labels: as many as there are questions, say, of all the ways they were asked in."""

from __future__ import annotations

from w2sdl_runtime.op import Context, Count, PrerequisiteError, Seed, op
from w2sdl_runtime.values import Items, Labels


@op("subsample", version=1)
def subsample(
    ctx: Context,
    labels: Labels,
    *,
    rows: Count | None = None,
    replace: bool = False,
    seed: Seed = 0,
) -> Labels:
    """The labels with ``keep`` only for a random draw of those that they keep.

    Guo & Yang (2024) train on all variants of every question, or on a draw of the original number of
    rows: with replacement for HellaSwag, without for their other data. Rows that are not drawn stay
    as dropped ones; one that is drawn again stands after them, once more for each time.

    Args:
        ctx: the context.
        labels: with several rows of an item, as `concat` makes them.
        rows: how many to draw; without it, as many as the labels keep different items.
        replace: whether a row may be drawn more than once.
        seed: of the draw.

    Raises:
        PrerequisiteError: for more rows than the labels keep, where none is replaced.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.data.label_meta import nothing_kept
    from w2sdl_runtime.refining import rows as of

    kept = np.flatnonzero(of.kept(labels))
    ids = of.item_ids(labels)
    wanted = rows or len({ids[at] for at in kept})
    if not len(kept):
        raise nothing_kept(labels, "the labels keep no row to draw from")
    if wanted > len(kept) and not replace:
        raise PrerequisiteError(
            f"{wanted:,} rows are to be drawn, and the labels keep {len(kept):,}",
            "draw fewer with rows:, or with replace: true",
        )
    drawn = np.sort(ctx.generator("rows").choice(kept, wanted, replace=replace))
    keep = np.zeros(labels.table.num_rows, bool)
    keep[drawn] = True
    again = drawn[1:][drawn[1:] == drawn[:-1]]
    found = of.dropped(labels, keep, "not drawn")
    ctx.log(f"{wanted:,} rows are drawn of {len(kept):,}; {len(again):,} of these again")
    if not len(again):
        return found
    order = np.concatenate([np.arange(len(keep)), again])
    items = Items(labels.open_items().table.take(pa.array(order)).combine_chunks())
    table = found.table.take(pa.array(order)).combine_chunks()
    known = (labels.label_kind, labels.origin)
    return Labels(table, ctx.put(items), *known, classes=labels.classes)
