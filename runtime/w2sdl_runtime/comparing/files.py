"""All flips of a comparison as one table in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl_runtime.comparing.several import ComparedResults
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.table_files import csv_pieces, write_parquet, write_pieces

if TYPE_CHECKING:
    import pyarrow as pa

FORMS = (".csv", ".jsonl", ".parquet")


def write_flips(found: ComparedResults, target: Path) -> int:
    """Write every flip with the comparison that it is of; returns how many there are.

    Raises:
        PrerequisiteError: for a file of another form, or a disk that is full or read-only.
    """
    if target.suffix not in FORMS:
        raise PrerequisiteError(
            f"flips can't be written as `{target.name}`", f"end the name in {', '.join(FORMS)}"
        )
    table = flips_table(found)
    if target.suffix == ".parquet":
        write_parquet(table, target)
    else:
        write_pieces(csv_pieces(table) if target.suffix == ".csv" else _json_lines(table), target)
    return int(table.num_rows)


def flips_table(found: ComparedResults) -> pa.Table:
    """All flips with what they are of: ``a``, ``b``, ``measure``, ``of``, ``point``; see `Flips.table`."""
    import pyarrow as pa

    tables = [
        _named(
            one.flips.table(), (other.a, other.b, one.measure, one.of, json.dumps(dict(one.point)))
        )
        for other in found.against
        for one in other.differences
        if one.flips is not None and not one.same
    ]
    if not tables:
        raise PrerequisiteError(
            "there are no flips to write", "only measures whose rows are right or wrong have them"
        )
    return pa.concat_tables(tables)


def _named(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa

    for place, (column, text) in enumerate(
        zip(("a", "b", "measure", "of", "point"), names, strict=True)
    ):
        table = table.add_column(place, column, pa.repeat(text, table.num_rows))
    return table


def _json_lines(table: pa.Table) -> Iterator[str]:
    return (f"{json.dumps(row, ensure_ascii=False)}\n" for row in table.to_pylist())
