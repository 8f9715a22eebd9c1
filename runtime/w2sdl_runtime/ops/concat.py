"""Several labels as one, say weak labels of one part and gold of another data set."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import Given, Params, question
from w2sdl_runtime.data.named_classes import over_all_classes
from w2sdl_runtime.data.tables import concat_items
from w2sdl_runtime.op import Axes, Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels


def _joined(params: Params, given: Given) -> str | Mismatch:
    kinds = {answer for answer in given["labels"] if answer}
    if len({question(kind) for kind in kinds}) > 1:
        return Mismatch(
            f"{' and '.join(sorted(kinds))} labels can't be one",
            "concatenate labels of one kind; soft and hard ones go together",
        )
    return "soft" if len(kinds) > 1 else next(iter(kinds), "")


@op("concat", version=1, inline=True, answers=_joined)
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
    return Labels(table, ctx.put(items), _kind(labels), _origin(labels), classes=classes)


def _kind(labels: list[Labels]) -> str:
    kinds = list(dict.fromkeys(one.label_kind for one in labels))
    if set(kinds) <= {"soft", "hard"}:
        return kinds[0] if len(kinds) == 1 else "soft"
    if len(kinds) > 1:
        raise PrerequisiteError(
            f"{' and '.join(kinds)} labels can't be one",
            "concatenate labels of one kind; soft and hard ones go together",
        )
    return kinds[0]


def _origin(labels: list[Labels]) -> str:
    origins = sorted({one.origin for one in labels})
    return origins[0] if len(origins) == 1 else f"mixed: {', '.join(origins)}"
