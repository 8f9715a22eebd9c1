"""The content-addressed store: objects by digest, results by key, nothing trusted unless whole.

objects/<digest>/                        the bytes of a value
keys/<key>/key.json, manifest.json       which computation gave which object
journal.db                               an index of the results, leases, runs: see `journal`
tmp/                                     what is being written, by process
aside/                                   objects whose bytes no longer match their digest
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from w2sdl_runtime import values
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import (
    digest_of_folder,
    files_below,
    read_json,
    save_json,
    sync,
    temporary_name,
    writing_to,
)
from w2sdl_runtime.hashes import is_hash
from w2sdl_runtime.storage.journal import Journal, insert
from w2sdl_runtime.storage.keying import shape_of
from w2sdl_runtime.storage.layout import check_layout, mark_layout, sweep
from w2sdl_runtime.storage.leases import Lease, fenced
from w2sdl_runtime.storage.manifest import Manifest, result_row

#: A file that is gone, a bad sector, a damaged file system.
_UNREADABLE = (errno.ENOENT, errno.EIO, errno.EBADMSG, getattr(errno, "EUCLEAN", errno.EIO))


class CorruptObject(Exception):
    """An object is missing or its bytes don't match its digest. The driver computes it again."""

    def __init__(self, digest: str, reason: str) -> None:
        super().__init__(f"object {digest} {reason}")
        self.digest = digest


class Store:
    """A folder of results. Many processes may use one store at a time.

    ``cached`` is how many opened values a process keeps; it must treat them as read-only.
    """

    def __init__(self, root: Path, cached: int = 32) -> None:
        self.root = root.absolute()
        self.objects = self.root / "objects"
        self.keys = self.root / "keys"
        self.tmp = self.root / "tmp"
        self._cached = cached
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._verified: set[str] = set()
        self._own = threading.local()
        check_layout(self.root)

    @property
    def location(self) -> str:
        """What a worker opens this store by."""
        return str(self.root)

    @property
    def caution(self) -> str:
        """What whoever runs in this store should know of it; "" for nothing."""
        return ""

    @property
    def journal(self) -> Journal:
        """This thread's connection to the journal; made when first asked for."""
        found: Journal | None = getattr(self._own, "journal", None)
        if found is None:
            with writing_to(self.root):
                self.root.mkdir(parents=True, exist_ok=True)
            found = self._own.journal = Journal(self.root)
        return found

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

    def scratch(self) -> Path:
        """A fresh temporary folder on the disk of the store; whoever asks for it removes it."""
        with writing_to(self.root):
            folder = self.tmp / temporary_name()
            folder.mkdir(parents=True)
        return folder

    # -- objects -----------------------------------------------------------------------------------

    def path(self, digest: str) -> Path:
        """The folder of an object, whether it is there or not.

        Raises:
            CorruptObject: for a name that is no digest; an artifact or a manifest may say anything.
        """
        if not is_hash(digest):
            raise CorruptObject(digest, "has a name that is no digest")
        return self.objects / digest

    def has(self, digest: str) -> bool:
        """Whether an object can be had, sound or not."""
        return self.path(digest).is_dir()

    def put(self, value: Value) -> str:
        """Store a value under the digest of its files and return that; what exists stays.

        Raises:
            PrerequisiteError: when the disk is full or read-only.
        """
        scratch = self.scratch()
        try:
            with writing_to(self.root):
                value.save(scratch)
                kill_point("put.saved")
                digest = digest_of_folder(scratch)
                if not self._is_whole(digest):
                    self._settle(scratch, self.path(digest))
                else:
                    with suppress(OSError):  # another user's, perhaps
                        os.utime(self.path(digest))  # young again: `collecting` lets it be
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self._verified.add(digest)
        kill_point("put.renamed")
        return digest

    def _is_whole(self, digest: str) -> bool:
        """Whether an object is there already; one whose bytes were changed makes room."""
        if not self.path(digest).exists():
            return False
        try:
            self.verify(digest)
        except CorruptObject:
            self.set_aside(digest)
            return False
        return True

    def _settle(self, scratch: Path, target: Path) -> None:
        """Make the files of ``scratch`` durable, then give it its name.

        Folders are not synced: each flush takes milliseconds on a busy disk, and a power cut that
        takes a name away takes a result, never the trust in one (names and digests are checked).
        """
        for path in files_below(scratch):
            path.chmod(0o444)
            sync(path)
        self.objects.mkdir(parents=True, exist_ok=True)
        try:
            scratch.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise  # otherwise another process stored the same object meanwhile

    def open(self, digest: str) -> Value:
        """Load an object. Its bytes are checked once in each process.

        Raises:
            CorruptObject: when it is missing, incomplete or changed.
        """
        if digest in self._values:
            self._values.move_to_end(digest)
            return self._values[digest]
        self.verify(digest)
        value = values.load_value(self.path(digest), self)
        value.digest = digest
        self._values[digest] = value
        if len(self._values) > self._cached:
            self._values.popitem(last=False)
        return value

    def verify(self, digest: str) -> None:
        """Check an object against its digest, once in each process.

        Raises:
            CorruptObject: when it is missing, incomplete or changed.
        """
        folder = self.path(digest)
        if not folder.is_dir():
            raise CorruptObject(digest, "is missing from the store")
        if digest not in self._verified:
            found = _digest_or_none(folder)
            if found is None:
                raise CorruptObject(digest, "can't be read back")
            if found != digest:
                raise CorruptObject(digest, "does not match its digest: its files were changed")
            self._verified.add(digest)

    def is_sound(self, digest: str) -> bool:
        """Whether an object is there and matches its digest now, whatever was found before."""
        self._verified.discard(digest)
        try:
            self.verify(digest)
        except CorruptObject:
            return False
        return True

    def set_aside(self, digest: str) -> None:
        """Move a corrupt object out of the way, so that it can be computed again."""
        self._verified.discard(digest)
        self._values.pop(digest, None)
        if self.path(digest).exists():
            with writing_to(self.root):
                (self.root / "aside").mkdir(exist_ok=True)
                with suppress(FileNotFoundError):  # another process was quicker
                    aside = self.root / "aside" / f"{digest}.{secrets.token_hex(4)}"
                    self.path(digest).rename(aside)
                self.journal.mark_object(digest, sound=False)

    # -- keys --------------------------------------------------------------------------------------

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


def _digest_or_none(folder: Path) -> str | None:
    """None where the disk can't read it, or another process takes the object away meanwhile."""
    try:
        return digest_of_folder(folder)
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise
        return None
