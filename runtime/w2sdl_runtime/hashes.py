"""Names that are hashes: whatever becomes a path of a store is one, or is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

_HASH = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"[A-Za-z]:")


def is_hash(text: object) -> bool:
    """Whether this is a SHA-256 in 64 small hexadecimal digits."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def is_plain_path(name: str) -> bool:
    """Whether a relative path stays below the folder that it starts at, on any system."""
    parts = name.split("/")
    strange = (
        "\\" in name or "\0" in name or _DRIVE.match(name) or PurePosixPath(name).is_absolute()
    )
    return bool(name) and not strange and not {"", ".", ".."} & set(parts)


def hashes_in(record: Any) -> Iterator[str]:
    """Everything in a JSON value that looks like a digest: what an object may refer to."""
    if is_hash(record):
        yield record
    elif isinstance(record, dict):
        for name, value in record.items():
            yield from hashes_in(name)
            yield from hashes_in(value)
    elif isinstance(record, list):
        for value in record:
            yield from hashes_in(value)
