"""Copies results between the store of this machine and one elsewhere; each half of it can be repeated.

Objects go before what names them, whatever is there is left alone, and nothing is named that is not
there with the right bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph
from w2sdl.location import Location
from w2sdl_runtime.cache.index import Results
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.journal import reading_journal
from w2sdl_runtime.storage.keying import close_key
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.remote_store import RemoteStore
from w2sdl_runtime.storage.store import Store

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Copied:
    """What came of copying: numbers of results, and of objects; and what could not be copied."""

    results: int = 0
    objects: int = 0
    there: int = 0  #: results that were there already
    other: list[str] = field(default_factory=list)  #: addresses that have another result there
    damaged: list[str] = field(default_factory=list)  #: addresses whose bytes are not right
    claims: int = 0  #: records of when an expectation was first seen
    unreadable: list[str] = field(default_factory=list)  #: files that should hold such a record


def beside(store: Store, place: Location) -> RemoteStore:
    """The store of this machine, seen as what stands in front of a place to copy to or from."""
    url = place if isinstance(place, str) else f"file://{place.absolute()}"
    return RemoteStore(url, store.root)


def push(
    here: RemoteStore, keys: Iterable[str], progress: Progress = lambda done, all: None
) -> Copied:
    """Copy results there.

    Raises:
        PrerequisiteError: when it can't be reached or written.
    """
    here.prepare()
    copied, every = Copied(), list(keys)
    for number, key in enumerate(every):
        progress(number, len(every))
        manifest = here.kept(key)
        preimage = Store.preimage(here, key)
        if manifest is not None and preimage is not None:
            _push_one(here, manifest, preimage, copied)
    copied.objects = here.remote.moved
    return copied


def _push_one(
    here: RemoteStore, manifest: Manifest, preimage: Mapping[str, Any], copied: Copied
) -> None:
    try:
        objects = list(here.referred(manifest.digest))
        for digest, _ in objects:
            Store.verify(here, digest)
    except CorruptObject:
        copied.damaged.append(manifest.address)
        return
    stands = here.remote.standing(manifest.key)
    if stands is None:
        stands = here.remote.publish(preimage, manifest, objects)
        copied.results += stands.digest == manifest.digest
    else:
        copied.there += stands.digest == manifest.digest
    if stands.digest != manifest.digest:
        copied.other.append(manifest.address)


def pull(
    here: RemoteStore, keys: Iterable[str], progress: Progress = lambda done, all: None
) -> Copied:
    """Copy results here.

    Raises:
        PrerequisiteError: when there is nothing to be reached, or this disk can't be written.
    """
    Store.prepare(here)
    copied, every = Copied(), list(keys)
    for number, key in enumerate(every):
        progress(number, len(every))
        ours, theirs = here.kept(key), here.remote.manifest(key)
        if ours is not None:
            copied.there += 1
            if theirs is not None and theirs.digest != ours.digest:
                copied.other.append(theirs.address)
        elif theirs is not None:
            _pull_one(here, theirs, copied)
    copied.objects = here.remote.moved
    return copied


def _pull_one(here: RemoteStore, manifest: Manifest, copied: Copied) -> None:
    preimage = here.remote.preimage(manifest.key)
    try:
        here.fetch_all(manifest.digest)
    except CorruptObject:
        preimage = None
    if preimage is None:  # the bytes, or what was hashed into the key, are not what they should be
        copied.damaged.append(manifest.address)
        return
    Store.commit(here, manifest.key, preimage, manifest)
    kill_point("pull.manifest")
    copied.results += 1


def local_keys(store: Store) -> list[str]:
    """Keys of all results of this machine's store."""
    return sorted(Results(store, reading_journal(store.root)).all)


def keys_of(
    graph: Graph, base: Path, lock: Mapping[str, str], lookup: Callable[[str], Manifest | None]
) -> list[str]:
    """Keys of the results that a design has, parents first; of a node without one nothing follows.

    ``lookup`` says what a key's result is.
    """
    from w2sdl_runtime.hash_cache import HashCache

    sources = Sources(base, lock, HashCache(), offline=True)
    digests: dict[str, str] = {}
    keys: list[str] = []
    for node in graph.order():
        if not all(parent in digests for parent in node.parents()):
            continue
        key = close_key(node, digests, sources).key
        found = lookup(key)
        if found is not None:
            digests[node.id] = found.digest
            keys.append(key)
    return list(dict.fromkeys(keys))
