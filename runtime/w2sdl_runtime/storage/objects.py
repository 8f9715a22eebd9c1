"""Objects by digest: the bytes of values, nothing trusted unless whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from w2sdl_runtime import values
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import (
    digest_of_folder,
    files_below,
    sync,
    temporary_name,
    writing_to,
)
from w2sdl_runtime.hashes import is_hash
from w2sdl_runtime.storage.journal import Journal

#: A file that is gone, a bad sector, a damaged file system.
_UNREADABLE = (errno.ENOENT, errno.EIO, errno.EBADMSG, getattr(errno, "EUCLEAN", errno.EIO))


class CorruptObject(Exception):
    """An object is missing or its bytes don't match its digest. The driver computes it again."""

    def __init__(self, digest: str, reason: str) -> None:
        super().__init__(f"object {digest} {reason}")
        self.digest = digest


class Objects:
    """A folder of objects. Many processes may use one at a time.

    ``cached`` is how many opened values a process keeps; it must treat them as read-only.
    """

    def __init__(self, root: Path, cached: int = 32) -> None:
        self.root = root.absolute()
        self.objects = self.root / "objects"
        self.tmp = self.root / "tmp"
        self._cached = cached
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._verified: set[str] = set()
        self._own = threading.local()

    @property
    def journal(self) -> Journal:
        """This thread's connection to the journal; made when first asked for."""
        found: Journal | None = getattr(self._own, "journal", None)
        if found is None:
            with writing_to(self.root):
                self.root.mkdir(parents=True, exist_ok=True)
            found = self._own.journal = Journal(self.root)
        return found

    def scratch(self) -> Path:
        """A fresh temporary folder on the disk of the store; whoever asks for it removes it."""
        with writing_to(self.root):
            folder = self.tmp / temporary_name()
            folder.mkdir(parents=True)
        return folder

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


def _digest_or_none(folder: Path) -> str | None:
    """None where the disk can't read it, or another process takes the object away meanwhile."""
    try:
        return digest_of_folder(folder)
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise
        return None
