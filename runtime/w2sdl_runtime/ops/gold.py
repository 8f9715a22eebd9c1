"""The gold labels of a data set."""

from __future__ import annotations

import json
from collections.abc import Sequence

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.rows import Row, missing_column
from w2sdl_runtime.data.tables import (
    TRUTH,
    concat_gold,
    concat_items,
    hard_labels,
    label_table,
)
from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Data, Items, Labels


def _own_or_a_column(params: Params, given: Given) -> str:
    """What the cells of a column are is known when they are read."""
    return given["data"][0] if params["field"] is None else ""


@op("gold", version=1, inline=True, answers=_own_or_a_column)
def gold(ctx: Context, data: Data, *, field: str | None = None) -> Labels:
    """Whether each item's candidate is right; or, with ``field``, what a column says of it.

    A column of 0/1, true/false or yes/no gives hard labels of 0 and 1; any other gives text labels
    (``text`` is the word, ``value`` is null), say for a probe of the ``domain``. Of a single part
    without ``field`` the result is the stored object itself.

    Raises:
        PrerequisiteError: for a column that the rows don't have.
    """
    parts = list(data.parts.values())
    if field is None and len(parts) == 1:
        return open_as(ctx, parts[0].gold, Labels)
    stored = [open_as(ctx, part.items, Items) for part in parts]
    all_items = stored[0] if len(stored) == 1 else concat_items(stored)
    digest = parts[0].items if len(stored) == 1 else ctx.put(all_items)
    if field is not None:
        return _field_labels(all_items, field, digest)
    return concat_gold([open_as(ctx, part.gold, Labels) for part in parts], digest)


def _field_labels(items: Items, field: str, digest: str) -> Labels:
    words = words_in(items, field)
    ids = items.column("item_id")
    truths = [TRUTH.get(word.lower()) for word in words]
    known = [truth for truth in truths if truth is not None]
    if len(known) == len(words):
        return hard_labels(ids, known, digest)
    return Labels(label_table(ids, [None] * len(ids), words), digest, "text", "gold")


def words_in(items: Items, field: str) -> Sequence[str]:
    """What a column of the source says of each item, as one word.

    Raises:
        PrerequisiteError: for a column that the rows don't have, or that is empty in some.
    """
    rows = [
        Row(json.loads(text), f"item {item}")
        for text, item in zip(items.column("fields"), items.column("item_id"), strict=True)
    ]
    words = [row.word(field) for row in rows]
    if not any(words):
        raise missing_column(rows, field)
    if "" in words:
        empty = rows[words.index("")].place
        raise PrerequisiteError(
            f"`{field}` is empty in {words.count('')} of {len(words)} rows, first in {empty}",
            "label only rows that have it, or name another field",
        )
    return words
