"""Names that are hashes: whatever becomes a path of a store is one, or is refused."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

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
