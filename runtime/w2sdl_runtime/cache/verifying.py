"""Reads every byte of a store's objects again, and takes out of use what is not as it was written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from w2sdl.keys import store_key
from w2sdl_runtime.cache.index import read_manifest
from w2sdl_runtime.files import files_below, writing_to
from w2sdl_runtime.storage.reconcile import reconcile
from w2sdl_runtime.storage.references import artifact_of, reachable, required
from w2sdl_runtime.storage.store import Store


class Damage(StrEnum):
    """What can be wrong."""

    CHANGED = "its bytes have changed"
    MISSING = "its object is missing"
    ASIDE = "its bytes had changed: its object was set aside"
    INCOMPLETE = "an object that it refers to is missing"
    MISNAMED = "its record was changed: it does not belong to its key"
    UNREADABLE = "its record can't be read"


OF_RECORDS = (Damage.MISNAMED, Damage.UNREADABLE)  #: where the record is wrong, and no object


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an object (``digest``) or with the record of a result (``key``)."""

    damage: Damage
    digest: str = ""
    key: str = ""
    address: str = ""
    mended: bool = False  #: a sound copy has taken its place, so nothing needs to be computed again


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read."""

    objects: int
    bytes: int
    findings: tuple[Finding, ...]


def verify_store(
    store: Store,
    keys: Collection[str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    *,
    quick: bool = False,
) -> Verified:
    """Check results and all objects they refer to; ``keys`` are the results, all objects for None.

    A changed object is set aside and marked in the journal: plans then say OUTPUT_CORRUPT, and a run
    makes it again. ``tell`` is called with each digest before it is read. ``quick`` reads records only,
    and so finds what is missing but not what was changed.

    Raises:
        PrerequisiteError: when what is damaged can't be moved.
    """
    found: list[Finding] = []
    reconcile(store)
    names = sorted(p.name for p in store.keys.iterdir()) if store.keys.is_dir() else []
    addresses: dict[str, str] = {}
    for key in names if keys is None else sorted(keys):
        for finding in _records(store, key, addresses):
            found.append(finding)
            _set_key_aside(store, key, finding)
    wanted = _all_objects(store) if keys is None else sorted(reachable(store, addresses))
    read = 0
    for digest in () if quick else wanted:
        tell(digest)
        read += _object(store, digest, addresses, found)
    found += _incomplete(store, wanted, addresses)
    return Verified(0 if quick else len(wanted), read, tuple(found))


def _all_objects(store: Store) -> list[str]:
    return sorted(p.name for p in store.objects.iterdir()) if store.objects.is_dir() else []


def _records(store: Store, key: str, addresses: dict[str, str]) -> Iterator[Finding]:
    """Whether a result's record says what its key says; notes what its object is called."""
    manifest = read_manifest(store, key)
    if manifest is None:
        if (store.keys / key / "manifest.json").exists():  # else it was forgotten, or never made
            yield Finding(Damage.UNREADABLE, *_as_journaled(store, key))
        return
    preimage = store.preimage(key)
    if manifest.key != key or preimage is None or store_key(preimage) != key:
        yield Finding(Damage.MISNAMED, manifest.digest, key, manifest.address)
        return
    addresses.setdefault(manifest.digest, manifest.address)
    if not store.path(manifest.digest).is_dir():
        aside = manifest.digest in store.journal.corrupt_objects()
        damage = Damage.ASIDE if aside else Damage.MISSING
        yield Finding(damage, manifest.digest, key, manifest.address)


def _as_journaled(store: Store, key: str) -> tuple[str, str, str]:
    """Digest, key and address of a result, as the journal has them."""
    rows = store.journal.rows("SELECT digest, address FROM results WHERE key = ?", key)
    return (rows[0]["digest"], key, rows[0]["address"]) if rows else ("", key, "")


def _set_key_aside(store: Store, key: str, finding: Finding) -> None:
    if finding.damage in OF_RECORDS:
        with writing_to(store.root):
            aside = store.root / "aside"
            aside.mkdir(exist_ok=True)
            (store.keys / key).rename(aside / f"key-{key}.{len(list(aside.iterdir()))}")
        store.journal.forget_results([key])


def _object(store: Store, digest: str, addresses: dict[str, str], found: list[Finding]) -> int:
    """Read one object; returns its size."""
    size = size_of(store.path(digest))
    sound = store.is_sound(digest)
    if not sound:
        found.append(Finding(Damage.CHANGED, digest, address=addresses.get(digest, "")))
        store.set_aside(digest)
    store.journal.mark_object(digest, sound=sound, size=size)
    return size


def _incomplete(
    store: Store, digests: Collection[str], addresses: dict[str, str]
) -> Iterator[Finding]:
    """Objects that refer to one that is gone and that is no result: only they can make it again."""
    for digest in digests:
        missing = [
            other
            for other in required(artifact_of(store, digest))
            if other not in addresses and not store.has(other)
        ]
        if missing:
            yield Finding(Damage.INCOMPLETE, digest, address=addresses.get(digest, ""))
            size = size_of(store.path(digest))
            store.set_aside(digest)
            store.journal.mark_object(digest, sound=False, size=size)


def size_of(folder: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    files = files_below(folder) if folder.is_dir() else [folder] if folder.is_file() else []
    return sum(path.stat().st_size for path in files)
