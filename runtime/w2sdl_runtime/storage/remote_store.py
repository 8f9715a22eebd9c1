"""A store behind a URL, with a folder of this machine in front: an ordinary store that is its cache.

Runs, logs, leases and the journal stay in the folder; results are in both. Beside them the folder has
notes: what is known of the store there, and which results it hasn't got yet.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from w2sdl.kinds import Kind
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import writing_to
from w2sdl_runtime.hashes import hashes_in
from w2sdl_runtime.storage.layout import LAYOUT
from w2sdl_runtime.storage.leases import Lease
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.references import artifact_of
from w2sdl_runtime.storage.remote import Remote
from w2sdl_runtime.storage.remote_notes import RemoteNotes
from w2sdl_runtime.storage.store import Store

_ABSENT = 5.0  #: seconds for which a key that the remote hadn't is not asked for again


class RemoteStore(Store):
    """Results behind a URL; ``root`` is the cache folder in front.

    A result found there counts as stored here; its object is fetched when it is first opened. A result
    computed here is kept here first, and then uploaded: one that couldn't be is uploaded later.
    """

    def __init__(self, url: str, root: Path, location: str = "", cached: int = 32) -> None:
        super().__init__(root, cached)
        self.remote = Remote(url, LAYOUT)
        self._location = location or url
        self.notes = RemoteNotes(self.root, url)
        self._absent: dict[str, float] = {}
        self._checked = self._made = False

    @property
    def location(self) -> str:
        return self._location

    def prepare(self) -> None:
        """Also make the store behind the URL, where there is none yet, and forget what left it."""
        super().prepare()
        self._check(make=True)
        if self.notes.keys():
            self.remote_keys()

    def _check(self, *, make: bool = False) -> None:
        """Once in each process: is this still the store that the cache folder is in front of?"""
        if self._made if make else self._checked:
            return
        found, known = self.remote.identity(make=make), self.notes.identity()
        if known and known["id"] != found:
            raise PrerequisiteError(
                f"{self.remote.shown} is another store than the one that {self.root} was the cache of"
                f" (it was {known['id'][:8]}, it is {found[:8] or 'not there'})",
                f"was it made anew? Then remove {self.notes.folder}; what is only in the cache stays in it",
            )
        if found and (not known or (make and "decides" not in known)):
            noted: dict[str, Any] = {"id": found, "url": self.remote.shown}
            if make:
                noted["decides"] = self.remote.folder.decides()
            self.notes.keep_identity(noted)
        self._checked, self._made = True, bool(found)

    @property
    def caution(self) -> str:
        return undecided(self.remote.shown) if self.notes.identity().get("decides") is False else ""

    # -- objects -----------------------------------------------------------------------------------

    def has(self, digest: str) -> bool:
        return super().has(digest) or self.remote.has_object(digest)

    def verify(self, digest: str) -> None:
        """Check an object; one that isn't here yet, or whose copy here is damaged, is fetched.

        Raises:
            CorruptObject: when it is nowhere with the right bytes.
        """
        if self.path(digest).is_dir():
            try:
                super().verify(digest)
            except CorruptObject:
                super().set_aside(digest)
        if not self.path(digest).is_dir():
            self.fetch(digest)

    def set_aside(self, digest: str) -> None:
        """Move a corrupt object out of the way: the copy here, or where there is none the original."""
        was_here = self.path(digest).exists()
        super().set_aside(digest)
        if not was_here:
            self.remote.set_object_aside(digest)

    def fetch(self, digest: str) -> None:
        """Bring an object here. It becomes visible when its bytes are all here and checked.

        Raises:
            CorruptObject: when it isn't there either, or not with the right bytes.
        """
        self._check()
        scratch = self.scratch()
        try:
            folder = self.remote.fetch(digest, scratch)
            if folder is None:
                raise CorruptObject(digest, f"is missing or damaged in {self.remote.shown}")
            with writing_to(self.root):
                self._settle(folder, self.path(digest))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self._verified.add(digest)
        self.journal.mark_object(digest, sound=True)  # whatever was found of an earlier copy here
        kill_point("pull.object")

    def referred(self, digest: str) -> Iterator[tuple[str, Path]]:
        """An object after all that are here and that it refers to."""
        yield from self._walk(digest, set())

    def _walk(self, digest: str, seen: set[str]) -> Iterator[tuple[str, Path]]:
        if digest in seen or not self.path(digest).is_dir():
            return
        seen.add(digest)
        for other in sorted(set(hashes_in(artifact_of(self, digest)))):
            yield from self._walk(other, seen)
        yield digest, self.path(digest)

    def fetch_all(self, digest: str) -> None:
        """Bring an object here with all that it refers to.

        Raises:
            CorruptObject: when it or one of those is nowhere with the right bytes.
        """
        todo, seen = [digest], {digest}
        while todo:
            found = todo.pop()
            self.verify(found)
            for other in set(hashes_in(artifact_of(self, found))) - seen:
                seen.add(other)  # not all that looks like a digest is one of an object
                if self.path(other).is_dir() or self.remote.has_object(other):
                    todo.append(other)

    # -- keys --------------------------------------------------------------------------------------

    def is_made(self) -> bool:
        """Whether there is a store behind the URL yet.

        Raises:
            PrerequisiteError: when it can't be reached, or is another one than before.
        """
        self._check()
        return self._made

    def remote_keys(self) -> set[str]:
        """The keys that have a result behind the URL, by one listing; notes of others are forgotten."""
        self._check()
        found = self.remote.keys()
        for key in self.notes.keys() - found:
            self.notes.forget_result(key)
        return found

    def lookup(self, key: str) -> Manifest | None:
        """The result of a key, here or behind the URL; what was not uploaded yet is uploaded now.

        A measure is fetched at once: the report reads it, and by then nobody would compute it again.
        """
        found = self.kept(key)
        if found is not None:
            return self._upload_late(key, found)
        found = self.remote_result(key)
        if found is not None and found.kind == Kind.METRIC and not self.is_sound(found.digest):
            self.set_aside(found.digest)
            self.notes.forget_result(key)
            return None
        if found is not None and self.path(found.digest).is_dir():
            return self._taken_over(key, found)
        return found

    def remote_result(self, key: str) -> Manifest | None:
        """What is known of a key behind the URL; nothing is fetched or uploaded."""
        return self.notes.result(key) or self._asked(key)

    def preimage(self, key: str) -> dict[str, Any] | None:
        return super().preimage(key) or (
            self.remote.preimage(key) if self.notes.result(key) else None
        )

    def _asked(self, key: str) -> Manifest | None:
        if time.monotonic() - self._absent.get(key, -_ABSENT) < _ABSENT:
            return None
        self._check()
        found = self.remote.manifest(key)
        if found is None:
            self._absent[key] = time.monotonic()
            return None
        self.notes.keep_result(found)
        return found

    def _taken_over(self, key: str, manifest: Manifest) -> Manifest:
        """A result of the remote whose object is here becomes one of the cache too."""
        preimage = self.remote.preimage(key)
        if preimage is None:  # not the pre-image of this key: don't trust the manifest beside it
            return manifest
        return super().commit(key, preimage, manifest)

    def commit(
        self,
        key: str,
        preimage: Mapping[str, Any],
        manifest: Manifest,
        lease: Lease | None = None,
        *,
        replace: bool = False,
    ) -> Manifest:
        """Keep a result here, then upload it. Returns the one that stands: the first one there.

        Raises:
            PrerequisiteError: when it can't be uploaded; the next look at its key tries again.
        """
        self.notes.keep_waiting(key, replace=replace)
        ours = super().commit(key, preimage, manifest, lease, replace=replace)
        return self._upload(key, preimage, ours, replace=replace)

    def _upload_late(self, key: str, manifest: Manifest) -> Manifest:
        replace = self.notes.waits(key)
        preimage = super().preimage(key) if replace is not None else None
        if replace is None or preimage is None:
            return manifest
        return self._upload(key, preimage, manifest, replace=replace)

    def _upload(
        self, key: str, preimage: Mapping[str, Any], manifest: Manifest, *, replace: bool
    ) -> Manifest:
        self._check(make=True)
        objects = list(self.referred(manifest.digest))
        stands = self.remote.publish(preimage, manifest, objects, replace=replace)
        self._absent.pop(key, None)
        if stands.digest != manifest.digest:  # another host was first
            if self.is_sound(stands.digest):  # both go on with its result
                manifest = super().commit(key, preimage, stands, replace=True)
            else:
                self.set_aside(stands.digest)
                self.remote.publish(preimage, manifest, objects, replace=True)
        self.notes.drop(key)
        return manifest

    def forget(self, key: str) -> None:
        """Let a key exist no longer, neither there nor here."""
        self.remote.forget(key)
        super().forget(key)
        self.notes.drop(key)

    def waiting(self) -> list[str]:
        """Keys of results that are here and were not uploaded yet."""
        return self.notes.waiting()


def undecided(shown: str) -> str:
    """What users of a place should know that takes a second file of one name."""
    return (
        f"{shown} does not decide which of two machines was first: two that compute one node at the "
        "same moment may go on with different results"
    )
