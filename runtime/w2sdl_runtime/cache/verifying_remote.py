"""Checks what a store behind a URL holds: its records, and every byte of its objects.

What is wrong is moved to ``aside/`` there with the records that name it, so that it is a result no longer;
where this machine has a sound copy, that takes its place, and the result stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from w2sdl.keys import folder_digest
from w2sdl_runtime.cache.census import Census
from w2sdl_runtime.cache.verifying import OF_RECORDS, Damage, Finding, Verified
from w2sdl_runtime.files import digest_of_folder
from w2sdl_runtime.hashes import is_plain_path
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.references import artifact_of, required
from w2sdl_runtime.storage.remote_folder import each
from w2sdl_runtime.storage.remote_store import RemoteStore

Results = Mapping[str, Manifest]  #: by key


def verify_remote(
    store: RemoteStore,
    choose: Callable[[Results], Collection[str]] | None = None,
    *,
    quick: bool = False,
) -> Verified:
    """Check results behind a URL and all objects they refer to; None for all there is.

    ``choose`` says the keys of those to check. ``quick`` reads listings and records only, and so finds
    what is missing but not what was changed. No byte is kept on this machine.

    Raises:
        PrerequisiteError: when it can't be reached, or what is damaged can't be moved.
    """
    return _Check(store, choose).run(quick)


class _Check:
    def __init__(
        self, store: RemoteStore, choose: Callable[[Results], Collection[str]] | None
    ) -> None:
        self._store, self._remote = store, store.remote
        self._census = Census(store.remote)
        self._census.take()
        self._every = choose is None
        known = self._census.manifests
        readable = {key: manifest for key, manifest in known.items() if manifest is not None}
        self._keys = sorted(known if choose is None else choose(readable))
        self._names: dict[str, list[Manifest]] = {}  #: sound records by the object that they name
        self._gone: set[str] = set()  #: objects that are not there, or were set aside

    def run(self, quick: bool) -> Verified:
        found = [self._settled(finding) for finding in list(self._records())]
        wanted = self._wanted()
        read = [] if quick else each(self._reading, wanted)
        for digest, (_, is_sound) in read:
            if not is_sound:
                found.append(self._settled(self._finding(Damage.CHANGED, digest)))
        there = [digest for digest in wanted if digest not in self._gone]
        found += [self._settled(one) for one in self._incomplete(there)]
        return Verified(len(read), sum(size for _, (size, _) in read), tuple(found))

    # -- looking -----------------------------------------------------------------------------------

    def _records(self) -> Iterator[Finding]:
        """Whether the records say what their keys say; notes which objects they name."""
        has_preimage = dict(each(lambda k: self._remote.preimage(k) is not None, self._keys))
        for key in self._keys:
            manifest = self._census.manifests[key]
            if manifest is None:
                yield Finding(Damage.UNREADABLE, key=key)
            elif not has_preimage[key]:
                yield Finding(Damage.MISNAMED, manifest.digest, key, manifest.address)
            else:
                self._names.setdefault(manifest.digest, []).append(manifest)
        for digest, manifests in self._names.items():
            if not self._census.whole(digest):
                first = manifests[0]
                yield Finding(Damage.MISSING, digest, first.key, first.address)

    def _wanted(self) -> list[str]:
        """Objects to read. One without its last file is none: an upload may be under way."""
        census = self._census
        some = census.objects if self._every else census.reachable(list(self._names))
        return sorted(digest for digest in some if census.whole(digest))

    def _reading(self, digest: str) -> tuple[int, bool]:
        """How many bytes of an object were read, and whether they are as they were written.

        The way here may be what went wrong: it is read twice. One that is gone by then was garbage,
        or its result is found missing the next time.
        """
        size = 0
        for _ in range(2):
            files = self._remote.folder.sizes(f"objects/{digest}")
            size += sum(files.values())
            if not files:
                return size, True
            if all(map(is_plain_path, files)) and self._digest(digest, files) == digest:
                return size, True
        return size, False

    def _digest(self, digest: str, files: Collection[str]) -> str:
        folder = self._remote.folder
        found = {name: folder.digest(f"objects/{digest}/{name}") for name in files}
        return folder_digest({name: content or "" for name, content in found.items()})

    def _incomplete(self, digests: Collection[str]) -> Iterator[Finding]:
        """Objects that refer to one that is gone and that is no result: only they can make it again."""
        for digest, record in each(self._census.artifact, digests):
            for other in required(record):
                if other not in self._names and not self._is_there(other):
                    yield self._finding(Damage.INCOMPLETE, digest)
                    break

    def _finding(self, damage: Damage, digest: str) -> Finding:
        named = self._names.get(digest)
        return Finding(damage, digest, address=named[0].address if named else "")

    # -- doing -------------------------------------------------------------------------------------

    def _settled(self, finding: Finding) -> Finding:
        """Take what is wrong out of use, or mend it by what this machine has."""
        if finding.damage in OF_RECORDS:
            self._key_aside(finding.key)
            return finding
        if finding.damage is Damage.CHANGED:
            self._remote.set_object_aside(finding.digest)
        if self._mended(finding.digest):
            return replace(finding, mended=True)
        if finding.damage is Damage.INCOMPLETE:
            self._remote.set_object_aside(finding.digest)
        self._gone.add(finding.digest)
        for manifest in self._names.get(finding.digest, ()):
            self._key_aside(manifest.key)
        return finding

    def _mended(self, digest: str) -> bool:
        """Upload an object with what it refers to, if all of it is sound here or there."""
        ours = dict(self._store.referred(digest))
        needed = {d for one in ours for d in required(artifact_of(self._store, one))}
        missing = [d for d in needed - ours.keys() if not self._is_there(d)]
        if digest not in ours or missing:
            return False
        if any(digest_of_folder(path) != one for one, path in ours.items()):
            return False
        for one, path in ours.items():
            self._remote.upload(one, path)
        return True

    def _is_there(self, digest: str) -> bool:
        return self._census.whole(digest) and digest not in self._gone

    def _key_aside(self, key: str) -> None:
        self._remote.set_key_aside(key)
        self._store.notes.forget_result(key)
