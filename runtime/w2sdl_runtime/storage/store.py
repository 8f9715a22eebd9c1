"""The content-addressed store: objects by digest, results by key, nothing trusted unless whole.

objects/<digest>/                        the bytes of a value
keys/<key>/key.json, manifest.json       which computation gave which object
journal.db                               an index of the results, leases, runs: see `journal`
tmp/                                     what is being written, by process
aside/                                   objects whose bytes no longer match their digest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import (
    read_json,
    save_json,
    temporary_name,
    writing_to,
)
from w2sdl_runtime.hashes import is_hash
from w2sdl_runtime.storage.journal_file import insert
from w2sdl_runtime.storage.keying import shape_of
from w2sdl_runtime.storage.layout import check_layout, mark_layout, sweep
from w2sdl_runtime.storage.leases import Lease, fenced
from w2sdl_runtime.storage.manifest import Manifest, result_row
from w2sdl_runtime.storage.objects import CorruptObject, Objects


class Store(Objects):
    """A folder of results. Many processes may use one store at a time.

    ``cached`` is how many opened values a process keeps; it must treat them as read-only.
    """

    def __init__(self, root: Path, cached: int = 32) -> None:
        super().__init__(root, cached)
        self.keys = self.root / "keys"
        check_layout(self.root)

    @property
    def location(self) -> str:
        """What a worker opens this store by."""
        return str(self.root)

    @property
    def caution(self) -> str:
        """What whoever runs in this store should know of it; "" for nothing."""
        return ""

    def prepare(self) -> None:
        """Make the folders, and sweep what killed processes of this host left behind.

        Raises:
            PrerequisiteError: when the store can't be written.
        """
        with writing_to(self.root):
            for folder in (self.objects, self.keys, self.tmp):
                folder.mkdir(parents=True, exist_ok=True)
            mark_layout(self.root)
            sweep(self.root, self.tmp, self.keys)

    def partials(self, key: str) -> Path:
        """Where a node that is under way keeps what it has done so far."""
        return self.root / "partial" / key

    def lookup(self, key: str) -> Manifest | None:
        """The result of a key, or None. A key without manifest or object does not exist."""
        return self.kept(key)

    def kept(self, key: str) -> Manifest | None:
        """The result of a key in this very folder."""
        if not is_hash(key):
            return None
        try:
            manifest = Manifest.model_validate_json(
                (self.keys / key / "manifest.json").read_bytes()
            )
        except (FileNotFoundError, ValidationError):
            return None
        is_its_own = manifest.key == key and is_hash(manifest.digest)
        return manifest if is_its_own and self.path(manifest.digest).is_dir() else None

    def remote_keys(self) -> set[str]:
        """The keys that have a result elsewhere, where this store is a cache in front of one."""
        return set()

    def remote_result(self, key: str) -> Manifest | None:
        """The result of a key elsewhere, fetched or not."""
        return None

    def waiting(self) -> list[str]:
        """Keys of results that are here only, and belong elsewhere too."""
        return []

    def preimage(self, key: str) -> dict[str, Any] | None:
        """What was hashed into a key, for those who ask why two keys differ."""
        try:
            return dict(read_json(self.keys / key / "key.json"))
        except (FileNotFoundError, ValueError):  # a power cut may have torn it
            return None

    def commit(
        self,
        key: str,
        preimage: Mapping[str, Any],
        manifest: Manifest,
        lease: Lease | None = None,
        *,
        replace: bool = False,
    ) -> Manifest:
        """Name a stored object as the result of ``key``: pre-image, manifest, then the journal.

        Returns the manifest that stands: where another run was first, that is its own, unless
        ``replace`` says that the key was computed again on purpose.

        Raises:
            CorruptObject: when the object isn't there.
            PrerequisiteError: when the disk is full or read-only.
            Superseded: when another run has taken the lease over.
        """
        if not self.path(manifest.digest).is_dir():
            raise CorruptObject(manifest.digest, "is missing from the store")
        folder = self.keys / key
        with writing_to(self.root):
            folder.mkdir(parents=True, exist_ok=True)
            self._prepared(preimage, durable=False).replace(folder / "key.json")
            kill_point("commit.key")
            ready = self._prepared(manifest.model_dump(mode="json"))
            if replace:  # killed before the journal knows the new one, it must not know the old one
                self.journal.forget_results([key])
            try:
                with fenced(self.journal, lease) as db:
                    present = None if replace else self.kept(key)
                    if present is None:
                        ready.replace(folder / "manifest.json")
                        kill_point("commit.manifest")
                    manifest = present or manifest
                    insert(db, "results", result_row(manifest, shape_of(preimage)))
                    db.execute("DELETE FROM objects WHERE digest = ?", (manifest.digest,))
            finally:
                ready.unlink(missing_ok=True)
        kill_point("commit.journal")
        return manifest

    def _prepared(self, content: Mapping[str, Any], *, durable: bool = True) -> Path:
        """A file with this content among what is being written: only a rename is missing."""
        self.tmp.mkdir(exist_ok=True)
        path = self.tmp / temporary_name()
        save_json(path, content, durable=durable)
        return path

    def forget(self, key: str) -> None:
        """Let a key exist no longer; the object stays."""
        with writing_to(self.root):
            (self.keys / key / "manifest.json").unlink(missing_ok=True)
            self.journal.forget_results([key])

    def manifests(self) -> Iterator[Manifest]:
        """All results, in the order of their keys."""
        folders = sorted(self.keys.iterdir()) if self.keys.is_dir() else []
        for folder in folders:
            manifest = self.kept(folder.name)
            if manifest is not None:
                yield manifest
