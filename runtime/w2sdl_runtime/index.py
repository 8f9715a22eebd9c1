"""The store as a plan sees it: an index of keys, without opening any object."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from w2sdl.graph import Node
from w2sdl.keys import tagged_hash
from w2sdl.plan import StoreIndex
from w2sdl_runtime.keying import close_key
from w2sdl_runtime.sources import HashCache, Sources, without_sources
from w2sdl_runtime.store import Store


class _Index:
    def __init__(self, store: Store, sources: Sources) -> None:
        self._store = store
        self._sources = sources

    def key(self, node: Node, digests: Mapping[str, str]) -> str:
        return close_key(node, digests, self._sources).key

    def digest(self, key: str) -> str:
        manifest = self._store.lookup(key)
        return manifest.digest if manifest else ""

    def has_shape(self, node: Node) -> bool:
        return _shape(node.op, node.version, without_sources(node)) in self._shapes

    @cached_property
    def _shapes(self) -> frozenset[str]:
        """All (operation, version, parameters) that any stored result has; read once, if asked."""
        found = set()
        for manifest in self._store.manifests():
            preimage = self._store.preimage(manifest.key) or {}
            params = preimage.get("params", {})
            found.add(_shape(manifest.op, manifest.op_version, params))
        return frozenset(found)


def _shape(op: str, version: int, params: Mapping[str, object]) -> str:
    return tagged_hash("shape.1", [op, version, params])


def store_index(
    store: Store, base: Path, lock: Mapping[str, str], sources: Sources | None = None
) -> StoreIndex:
    """What `w2sdl.plan.plan_graph` asks of a store.

    ``sources`` resolve files and repositories, where they are not read from ``base`` and ``lock``.
    """
    hashes = HashCache(store.root / "hashes.json")
    index = _Index(store, sources or Sources(base, lock, hashes))
    return StoreIndex(index.key, index.digest, index.has_shape)
