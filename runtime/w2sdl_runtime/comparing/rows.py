"""Rows of metrics as arrays over one space of items. No loop goes over rows: ids are joined by Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    import pyarrow as pa

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
ITEM, SEED = "item_id", "seed"


@dataclass(frozen=True, slots=True)
class RowTable:
    """The rows of one metric, of one seed: ids (each once), and columns by name."""

    ids: pa.Array
    table: pa.Table

    def has(self, name: str) -> bool:
        return name in self.table.column_names

    def is_binary(self, name: str) -> bool:
        """Whether a column holds truth values: classes 1 and 0."""
        import pyarrow as pa

        return bool(pa.types.is_boolean(self.table.schema.field(name).type))

    def texts(self, name: str) -> pa.Array:
        """A column as text: answers as they are, truth values as ``true`` and ``false``."""
        import pyarrow as pa
        import pyarrow.compute as pc

        return pc.cast(self.table.column(name), pa.string()).combine_chunks()

    def column(self, name: str) -> Numbers:
        """A column of numbers or truth values; NaN where it is null."""
        return numbers(self.table.column(name))


def numbers(column: Any) -> Numbers:
    """An Arrow column as float64, read from its buffers: `to_numpy` would import pandas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    plain = pc.fill_null(pc.cast(whole, pa.float64()), float("nan"))
    found: Numbers = np.frombuffer(plain.buffers()[1], np.float64, len(plain), 8 * plain.offset)
    return found


def row_tables(metric: Metric) -> list[RowTable]:
    """The rows of a metric by the number of their seed; one table where it is of one; [] without rows."""
    import pyarrow.compute as pc

    table = metric.rows
    if table is None or ITEM not in table.column_names:
        return []
    tables = [table]
    if SEED in table.column_names:
        seeds = sorted(pc.unique(table.column(SEED)).to_pylist())
        tables = [table.filter(pc.equal(table.column(SEED), seed)) for seed in seeds]
    return [RowTable(one.column(ITEM).combine_chunks(), one) for one in tables]


def each_once(tables: Sequence[RowTable]) -> bool:
    """Whether no table holds an item twice: only then can rows be paired."""
    import pyarrow.compute as pc

    first = tables[0].ids
    others = [one.ids for one in tables[1:] if not one.ids.equals(first)]
    return all(len(pc.unique(ids)) == len(ids) for ids in (first, *others))


def space_of(tables: Sequence[RowTable]) -> pa.Array:
    """The ids of all tables, each once, in the order in which they come."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = tables[0].ids
    more = [one.ids for one in tables[1:] if not one.ids.equals(first)]
    return pc.unique(pa.concat_arrays([first, *more])) if more else first


def places(ids: pa.Array, space: pa.Array) -> NDArray[np.int64]:
    """Where each id of a space lies among some ids; -1 where it does not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if ids.equals(space):
        return np.arange(len(space))
    found = pc.cast(pc.fill_null(pc.index_in(space, value_set=ids), -1), pa.int64())
    where: NDArray[np.int64] = np.frombuffer(
        found.buffers()[1], np.int64, len(found), 8 * found.offset
    )
    return where


def spread(column: Numbers, where: NDArray[np.int64]) -> Numbers:
    """A column over a space; 0 where the space has rows that the column does not."""
    found: Numbers = np.where(where >= 0, column[where], 0.0)
    return found
