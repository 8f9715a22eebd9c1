"""What a cache folder knows of the store behind a URL: ``remote/<hash of the URL>/`` in it.

``store.json`` says which store that is, ``known/`` what it said of keys, ``waiting/`` which results
are to be uploaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from w2sdl_runtime.files import read_json, write_json, writing_to
from w2sdl_runtime.hashes import is_hash
from w2sdl_runtime.storage.manifest import Manifest


class RemoteNotes:
    """The notes that the cache folder ``root`` has of the store behind ``url``."""

    def __init__(self, root: Path, url: str) -> None:
        self._root = root
        self.folder = root / "remote" / sha256(url.encode()).hexdigest()[:16]

    def identity(self) -> dict[str, Any]:
        """Which store is there: ``id``, ``url`` and perhaps ``decides``; {} where that is not known."""
        try:
            return dict(read_json(self.folder / "store.json"))
        except FileNotFoundError:
            return {}

    def keep_identity(self, noted: Mapping[str, Any]) -> None:
        """Note which store is there."""
        self._write(self.folder / "store.json", noted)

    # -- what is there -----------------------------------------------------------------------------

    def keys(self) -> set[str]:
        """Keys that the store there was heard to have a result of."""
        return set(_stems(self.folder / "known"))

    def result(self, key: str) -> Manifest | None:
        """What the store there said of a key before; only a hint, as everything about other machines."""
        try:
            return Manifest.model_validate_json(self._known(key).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def keep_result(self, manifest: Manifest) -> None:
        """Note what the store there says of a key."""
        content = manifest.model_dump(mode="json")
        self._write(self._known(manifest.key), content, durable=False)

    def forget_result(self, key: str) -> None:
        """Believe no longer what the store there said of a key."""
        with suppress(OSError):  # in a folder that can't be written: it is only a hint
            self._known(key).unlink(missing_ok=True)

    def _known(self, key: str) -> Path:
        return self.folder / "known" / f"{key}.json"

    # -- what is only here -------------------------------------------------------------------------

    def waiting(self) -> list[str]:
        """Keys of results that were not uploaded yet."""
        return [name for name in sorted(_stems(self.folder / "waiting")) if is_hash(name)]

    def keep_waiting(self, key: str, *, replace: bool) -> None:
        """Note that the result of a key is to be uploaded, and whether in place of another."""
        self._write(self._waiting(key), {"replace": replace})

    def waits(self, key: str) -> bool | None:
        """Whether the result that is to be uploaded replaces another; None where none is."""
        try:
            return bool(read_json(self._waiting(key))["replace"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError):
            return False

    def drop(self, key: str) -> None:
        """Nothing is to be noted of a key: it is uploaded, or there is no result of it any more."""
        for path in (self._waiting(key), self._known(key)):
            path.unlink(missing_ok=True)

    def _waiting(self, key: str) -> Path:
        return self.folder / "waiting" / f"{key}.json"

    def _write(self, path: Path, content: Mapping[str, Any], *, durable: bool = True) -> None:
        with writing_to(self._root):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, content, durable=durable)


def _stems(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob("*.json")] if folder.is_dir() else []
