"""Items and gold Labels as tables, and several of them as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from w2sdl_runtime.data.entries import Entry, Item
from w2sdl_runtime.values import FOLD, ITEM_COLUMNS, Activations, Items, Labels

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

#: Words for hard labels.
TRUTH = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0, "no": 0.0, "yes": 1.0}

#: One line of a part: the group's name, the formatted row, the item.
Line = tuple[str, Entry, Item]


def items_of(part: str, lines: Sequence[Line]) -> Items:
    """The Items of one part, in the order given."""
    import pyarrow as pa

    columns: dict[str, list[str]] = {
        "item_id": [item.item_id for _, _, item in lines],
        "group": [group for group, _, _ in lines],
        "part": [part] * len(lines),
        "prompt": [item.prompt for _, _, item in lines],
        "candidate": [item.candidate for _, _, item in lines],
        "rival": [item.rival for _, _, item in lines],
        "passage": [entry.passage for _, entry, _ in lines],
        "domain": [entry.domain for _, entry, _ in lines],
        "fields": [entry.fields for _, entry, _ in lines],
    }
    return Items(pa.table({name: pa.array(columns[name], pa.string()) for name in ITEM_COLUMNS}))


def gold_of(lines: Sequence[Line], items: str, kind: str = "hard") -> Labels:
    """The gold Labels of one part, row by row with its Items (whose digest is ``items``).

    ``kind`` is what the format answers: "hard" and "pairwise" gold is a value, "text" gold a text.
    """
    golds = [item.gold for _, _, item in lines]
    table = label_table(
        [item.item_id for _, _, item in lines],
        [gold if isinstance(gold, float) else None for gold in golds],
        [gold if isinstance(gold, str) else None for gold in golds],
        [item.meta for _, _, item in lines],
    )
    return Labels(table, items, kind, "gold")


def hard_labels(item_ids: Sequence[str], values: Sequence[float], items: str) -> Labels:
    """Gold labels of 0.0 and 1.0, all kept, weight 1."""
    table = label_table(item_ids, list(values), [None] * len(values))
    return Labels(table, items, "hard", "gold")


def label_table(
    item_ids: Sequence[str],
    values: Sequence[float | None],
    texts: Sequence[str | None],
    meta: Sequence[str | None] | None = None,
    keep: Sequence[bool] | None = None,
) -> pa.Table:
    """A table with `LABEL_COLUMNS`, weight 1; all kept, if ``keep`` is not given. ``meta`` is JSON."""
    import pyarrow as pa

    rows = len(item_ids)
    return pa.table(
        {
            "item_id": pa.array(item_ids, pa.string()),
            "value": pa.array(values, pa.float64()),
            "weight": pa.array([1.0] * rows, pa.float64()),
            "keep": pa.array([True] * rows if keep is None else keep, pa.bool_()),
            "text": pa.array(texts, pa.string()),
            "meta": pa.array([None] * rows if meta is None else meta, pa.string()),
        }
    )


def states_of_items(items: Items, states: NDArray[np.float32]) -> Activations:
    """States ``[rows, width]`` as activations of the items, in their order."""
    import pyarrow as pa

    flat = pa.array(states.reshape(-1), pa.float32())
    vectors = pa.FixedSizeListArray.from_arrays(flat, states.shape[1])
    return Activations(
        pa.table({"item_id": pa.array(items.column("item_id"), pa.string()), "state": vectors})
    )


def concat_items(several: Sequence[Items]) -> Items:
    """Items one after the other. Where only some have folds, the rows of the others have none ("")."""
    import pyarrow as pa

    tables = [items.table for items in several]
    if any(items.folds() for items in several):
        tables = [_with_fold_column(items) for items in several]
    return Items(pa.concat_tables(tables).combine_chunks())


def _with_fold_column(items: Items) -> pa.Table:
    import pyarrow as pa

    if FOLD in items.table.column_names:
        return items.table
    return items.table.append_column(FOLD, pa.array([""] * len(items), pa.string()))


def concat_gold(several: Sequence[Labels], items: str) -> Labels:
    """Gold labels one after the other; ``items`` is the digest of the Items in the same order."""
    import pyarrow as pa

    table = pa.concat_tables([labels.table for labels in several]).combine_chunks()
    return Labels(table, items, several[0].label_kind, "gold")
