"""Digests of files and folders, remembered for as long as size and time of change stay the same."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from w2sdl.keys import folder_digest
from w2sdl_runtime.files import file_digest, files_below, read_json, write_json

#: A file changed this few nanoseconds before it was hashed may change again under the same mtime.
_SETTLED = 2_000_000_000


class HashCache:
    """File digests by path, size and modification time; kept in a small file of the store."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, list[Any]] = {}
        self._changed = False
        if path is not None and path.exists():
            with suppress(
                OSError, ValueError, TypeError
            ):  # only a cache: what can't be read is hashed again
                self._known = dict(read_json(path))

    def file(self, path: Path) -> str:
        """SHA-256 of a file."""
        status = path.stat()
        name = str(path)
        found = self._known.get(name)
        if found is not None and found[:2] == [status.st_size, status.st_mtime_ns]:
            return str(found[2])
        digest = file_digest(path)
        if time.time_ns() - status.st_mtime_ns > _SETTLED:
            self._known[name] = [status.st_size, status.st_mtime_ns, digest]
            self._changed = True
        return digest

    def folder(self, folder: Path) -> str:
        """Digest of a folder, by content and relative path."""
        files = [path for path in files_below(folder) if not _is_hidden(path.relative_to(folder))]
        return folder_digest(
            {path.relative_to(folder).as_posix(): self.file(path) for path in files}
        )

    def save(self) -> None:
        """Keep the digests for the next run."""
        if self._path is not None and self._changed:
            with suppress(OSError):  # a store that can't be written is still good for a plan
                write_json(self._path, self._known, durable=False)
            self._changed = False


def _is_hidden(relative: Path) -> bool:
    """Whether a path is bookkeeping (.git, .cache, .DS_Store), which is no content."""
    return any(part.startswith(".") for part in relative.parts)
