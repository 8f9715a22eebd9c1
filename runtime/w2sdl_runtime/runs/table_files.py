"""Any Arrow table as CSV, JSON or Parquet, to a file or to standard output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.files import temporary_name, told_as, writing_to

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 10_000  #: rows that are Python objects at a time


def csv_pieces(table: pa.Table) -> Iterator[str]:
    """The table as CSV (RFC 4180): full precision, nothing where there is no value."""
    import pyarrow as pa
    import pyarrow.csv as pc

    options = pc.WriteOptions(quoting_style="needed")
    header = True
    for start in range(0, max(1, table.num_rows), _BATCH):
        sink = pa.BufferOutputStream()
        options.include_header = header
        pc.write_csv(_flat(table.slice(start, _BATCH)), sink, options)
        header = False
        yield sink.getvalue().to_pybytes().decode()


def _flat(table: pa.Table) -> pa.Table:
    """Without dictionaries, which the writer of CSV does not know; lists and records as JSON."""
    import pyarrow as pa

    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        elif pa.types.is_nested(field.type):
            texts = [None if v is None else _json(v) for v in column.to_pylist()]
            column = pa.array(texts, pa.string())
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def json_pieces(table: pa.Table) -> Iterator[str]:
    """The table as a JSON list of records, a line each; null where there is no value."""
    between = "[\n"
    for start in range(0, table.num_rows, _BATCH):
        for row in table.slice(start, _BATCH).to_pylist():
            yield f"{between}{_json(row)}"
            between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def write_parquet(table: pa.Table, target: Path) -> None:
    """Write a Parquet file; a reader sees the old one or the new one.

    Raises:
        PrerequisiteError: when the disk is full or read-only.
    """
    import pyarrow.parquet as pq

    with replacing(target) as scratch:
        pq.write_table(table, scratch, compression="zstd")


def write_pieces(pieces: Iterable[str], target: Path) -> None:
    """Write a text piece by piece; a reader sees the old file or the new one.

    Raises:
        PrerequisiteError: when the disk is full or read-only.
    """
    with replacing(target) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file to write in the place of ``target``, which takes its name at the end.

    Raises:
        PrerequisiteError: when the disk is full or read-only.
    """
    with writing_to(target.parent, "write to another folder"):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{temporary_name()}")
        try:
            with told_as(target, scratch):
                yield scratch
                scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
