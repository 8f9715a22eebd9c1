"""Rows of labels: joined by item id, read as numbers or words, dropped and noted, never removed.

Labels may hold a row more than once (a question asked in several ways): each of its rows is then joined
with the one row that the other labels have of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.data.by_item import joined
from w2sdl_runtime.data.label_meta import DROP_REASON, VOTED, as_json, every_fact
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import LABEL_COLUMNS, Labels

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def item_ids(labels: Labels) -> list[str]:
    """The item of every row."""
    ids: list[str] = labels.table.column("item_id").to_pylist()
    return ids


def matched(labels: Labels, other: Labels, what: str) -> NDArray[np.int64]:
    """Where the rows of ``labels`` stand in ``other``, called ``what``.

    Raises:
        PrerequisiteError: when an item is on one side only, or ``other`` has several rows of one.
    """
    ids, found = item_ids(labels), item_ids(other)
    if ids == found:
        return np.arange(len(ids))
    repeated = len(found) - len(set(found))
    if repeated:
        raise PrerequisiteError(
            f"{what} name {repeated:,} rows more than once, so they can't be joined",
            "give one label for each item, such as votes() of several",
        )
    both = joined(ids, found)
    if both.lacking or both.unknown:
        raise PrerequisiteError(
            f"{what} are of other rows: {len(both.lacking):,} items are without one,"
            f" {len(both.unknown):,} are of no row here (first: item {both.example})",
            "label the same part; rows are joined by item_id",
        )
    return np.array(both.places)


def aligned(labels: Labels, other: Labels, what: str) -> Labels:
    """``other`` with a row for each row of ``labels``, in their order.

    Raises:
        PrerequisiteError: as for `matched`.
    """
    table = other.table.take(matched(labels, other, what))
    return replace(other, table=table, items=labels.items)


def of_one_class(labels: Labels) -> Labels:
    """The labels without what they say of named classes, for what makes labels of another kind of them."""
    return replace(labels, table=labels.table.select(LABEL_COLUMNS), classes=())


def unvoted(labels: Labels) -> Labels:
    """The labels without what `votes` counted, for what makes them say something else."""
    told = every_fact(labels)
    left = [{name: fact for name, fact in one.items() if name not in VOTED} for one in told]
    return with_columns(labels, meta=[as_json(one) for one in left])


def kept(labels: Labels) -> NDArray[np.bool_]:
    """Which rows the labels keep."""
    return np.array(labels.table.column("keep"), bool)


def numbers(labels: Labels, what: str, needed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """P(class 1) of every row; NaN only where it is not ``needed``.

    Raises:
        PrerequisiteError: for texts, or a needed row without a finite number.
    """
    if labels.label_kind == "text":
        raise PrerequisiteError(
            f"{what} are texts, which have no probability", "give labels with probabilities"
        )
    values = np.array(labels.table.column("value"), np.float64)
    missing = np.flatnonzero(needed & ~np.isfinite(values))
    if missing.size:
        raise PrerequisiteError(
            f"{what} lack a number for {missing.size:,} of {len(values):,} rows"
            f" (first: item {item_ids(labels)[missing[0]]})",
            "every row that is kept needs a finite value",
        )
    return values


def with_columns(labels: Labels, **columns: Sequence[Any] | NDArray[Any]) -> Labels:
    """The same rows with some columns replaced."""
    import pyarrow as pa

    table: pa.Table = labels.table
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(values, table.schema.field(name).type))
    return replace(labels, table=table)


def noted(labels: Labels, notes: Sequence[Mapping[str, Any]]) -> Labels:
    """The labels with further facts in the ``meta`` of each row."""
    told = zip(every_fact(labels), notes, strict=True)
    return with_columns(labels, meta=[as_json(old | dict(new)) for old, new in told])


def dropped(labels: Labels, keep: NDArray[np.bool_], reason: str) -> Labels:
    """The labels with the rows not in ``keep`` dropped too; why the others were stays as it was."""
    was = kept(labels)
    fresh = was & ~keep
    notes = [{DROP_REASON: reason} if new else {} for new in fresh]
    return with_columns(noted(labels, notes), keep=was & keep)
