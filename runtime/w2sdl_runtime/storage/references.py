"""Which objects an object refers to: what must be kept with it, and what must be there to read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from w2sdl_runtime.artifacts import read_artifact
from w2sdl_runtime.hashes import hashes_in, is_hash
from w2sdl_runtime.storage.store import Store

#: Facts of models and predictors that name other objects.
_NAMING = ("base", "members", "items", "context", "activations", "snapshots", "start")


def required(record: Mapping[str, Any]) -> list[str]:
    """Digests of the objects without which an object can't be used, from its ``artifact.json``."""
    found: list[Any] = [record.get("corpus"), record.get("items")]
    for _, part in record.get("parts") or ():
        found += [part.get("items"), part.get("gold")]
    facts = record.get("facts") or {}
    for name in _NAMING:
        value = facts.get(name) if isinstance(facts, Mapping) else None
        value = list(value.values()) if isinstance(value, Mapping) else value
        found += value if isinstance(value, list) else [value]
    return [digest for digest in found if is_hash(digest)]


def artifact_of(store: Store, digest: str) -> Mapping[str, Any]:
    """The facts of an object; {} where they can't be read."""
    with suppress(OSError, ValueError):
        return read_artifact(store.path(digest))
    return {}


def reachable(store: Store, digests: Iterable[str]) -> set[str]:
    """Some objects and all that they mention, as far as they are in the store."""
    found: set[str] = set()
    todo = list(digests)
    while todo:
        digest = todo.pop()
        if digest not in found and store.path(digest).is_dir():
            found.add(digest)
            todo += hashes_in(artifact_of(store, digest))
    return found
