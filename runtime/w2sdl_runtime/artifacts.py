"""What every value is in the store: an object folder.

It holds ``artifact.json`` (kind, format, small facts, digests of other objects it refers to), plus
Parquet tables or model files. Bytes depend on content only: no times, names or paths.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from pydantic_core import CoreSchema, core_schema

from w2sdl.kinds import Kind

if TYPE_CHECKING:
    import pyarrow as pa

ARTIFACT = "artifact.json"
FORMAT_VERSION = 1

V = TypeVar("V", bound="Value")


class Opener(Protocol):
    """What a loaded value needs to follow references: the store."""

    def open(self, digest: str) -> Value:
        """Load the object with this digest, verified."""
        ...


class Value(ABC):
    """Base of all values. ``digest`` is empty until the value was stored."""

    kind: ClassVar[Kind]
    digest: str = ""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write all files into an empty folder, deterministically."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, opener: Opener) -> Self:
        """Read a value back. Heavy content may be read later, on use."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """A variant may hold a value as an edge: pydantic checks its class and looks no further."""
        return core_schema.is_instance_schema(cls)


def write_artifact(folder: Path, kind: Kind, facts: Mapping[str, Any]) -> None:
    """Write ``artifact.json``: kind and format first, then the kind's own facts."""
    record = {"kind": kind.value, "format": FORMAT_VERSION, **facts}
    text = json.dumps(record, sort_keys=True, indent=1, ensure_ascii=False)
    (folder / ARTIFACT).write_text(text + "\n", "utf-8")


def read_artifact(folder: Path) -> dict[str, Any]:
    """Read ``artifact.json``."""
    record: dict[str, Any] = json.loads((folder / ARTIFACT).read_text("utf-8"))
    return record


def write_table(table: pa.Table, path: Path) -> None:
    """Write a Parquet file whose bytes depend on the table only."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file, and no Arrow data set: that import alone costs more than most reads."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read()


def open_as(opener: Opener | None, digest: str, cls: type[V]) -> V:
    """Follow a reference to an object of a known kind."""
    if opener is None:
        raise ValueError(
            "this value was not loaded from a store, so its references can't be followed"
        )
    value = opener.open(digest)
    if not isinstance(value, cls):
        raise TypeError(f"object {digest} is {value.kind}, not {cls.kind}")
    return value
