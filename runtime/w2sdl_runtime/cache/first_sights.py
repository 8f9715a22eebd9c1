"""Carries between stores when expectations were first seen: of two records the earlier stands."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

from w2sdl.graph import Graph
from w2sdl_runtime.cache.copying import Copied
from w2sdl_runtime.hashes import is_hash
from w2sdl_runtime.storage.claims import (
    FOLDER,
    Registered,
    identity,
    keep_earlier,
    read_record,
)
from w2sdl_runtime.storage.remote_folder import RemoteFolder
from w2sdl_runtime.storage.remote_store import RemoteStore


def claims_of(graph: Graph) -> frozenset[str]:
    """The identities of the expectations of a design."""
    return frozenset(identity(graph, one) for one in graph.expectations)


def push_claims(here: RemoteStore, copied: Copied, wanted: Collection[str] | None = None) -> None:
    """Copy records there that are missing there, or earlier than those there.

    Args:
        here: the store here, in front of the place.
        copied: gets how many were, and the files here that hold no record.
        wanted: identities of claims; None means all.

    Raises:
        PrerequisiteError: when the place can't be reached or written.
    """
    there = here.remote.folder
    for path in sorted((here.root / FOLDER).glob("*.json")):
        name = f"{FOLDER}/{path.name}"
        if not is_hash(path.stem) or (wanted is not None and path.stem not in wanted):
            continue
        ours = read_record(path.read_bytes())
        if ours is None:
            copied.unreadable.append(str(path))
            continue
        copied.claims += _put(there, name, ours)


def pull_claims(here: RemoteStore, copied: Copied, wanted: Collection[str] | None = None) -> None:
    """Copy records here that are missing here, or earlier than those here; arguments as for pushing.

    Raises:
        PrerequisiteError: when the place can't be reached, or this disk can't be written.
    """
    there = here.remote.folder
    for file in sorted(there.sizes(FOLDER)):
        claim = file.removesuffix(".json")
        if not is_hash(claim) or (wanted is not None and claim not in wanted):
            continue
        theirs = read_record(there.read(f"{FOLDER}/{file}") or b"")
        if theirs is None:
            copied.unreadable.append(f"{here.remote.shown}/{FOLDER}/{file}")
        elif keep_earlier(here, claim, theirs):
            copied.claims += 1


def _put(there: RemoteFolder, name: str, ours: Registered) -> bool:
    """Write a record unless one as early is there; whether it was written. One that is torn is replaced."""
    content = (json.dumps(asdict(ours), indent=1, sort_keys=True) + "\n").encode()
    found = there.read(name)
    if found is None:
        found = there.create(name, content)  # or what somebody else wrote meanwhile
        if found == content:
            return True
    stands = read_record(found)
    if stands is not None and stands.at <= ours.at:
        return False
    there.write(name, content)
    return True
