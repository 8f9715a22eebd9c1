"""Tables of a run that has ended, kept as Parquet in its folder and made anew where they are stale.

A table is stale where the record of the run, or the code that forms its numbers, is another one than
when it was made. A table that lacks a result that could not be read is never kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl_runtime.files import digest_of_code, temporary_name

if TYPE_CHECKING:
    import pyarrow as pa

_MARK = b"w2sdl.made_of"
#: Folders of the runtime whose code decides what a table holds.
NUMBERS = ("measuring", "report", "runs", "stats")


def kept_table(folder: Path, name: str, make: Callable[[], tuple[pa.Table, bool]]) -> pa.Table:
    """The table called ``name`` of the run in a folder.

    Args:
        folder: of the run.
        name: of its file, without an ending.
        make: gives the table, and whether it may be kept.
    """
    mark = _made_of(folder)
    path = folder / f"{name}.parquet"
    found = _read(path, mark) if mark else None
    if found is not None:
        return found
    table, whole = make()
    if mark and whole:
        with suppress(OSError):  # a store that can't be written still has its results
            _write(table, path, mark)
    return table


def _made_of(folder: Path) -> bytes:
    """A hash of all that a table depends on; empty for a run that goes on or was killed."""
    digest = hashlib.sha256(digest_of_code(*NUMBERS).encode())
    try:
        for name in ("graph.json", "nodes.json"):
            digest.update((folder / name).read_bytes())
    except OSError:
        return b""
    return digest.hexdigest().encode()


def _read(path: Path, mark: bytes) -> pa.Table | None:
    """The table in a file that bears the mark; None of any other, or of a torn one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if (file.schema_arrow.metadata or {}).get(_MARK) != mark:
                return None
            return file.read().replace_schema_metadata()
    except (OSError, pa.ArrowException):
        return None


def _write(table: pa.Table, path: Path, mark: bytes) -> None:
    import pyarrow.parquet as pq

    scratch = path.with_name(f".{path.name}.{temporary_name()}")
    try:
        pq.write_table(table.replace_schema_metadata({_MARK: mark}), scratch, compression="zstd")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
