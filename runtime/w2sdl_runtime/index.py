"""The store as a plan sees it: an index of keys, without opening any object."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from w2sdl.graph import Node
from w2sdl.keys import tagged_hash
from w2sdl.plan import StoreIndex
from w2sdl_runtime.files import read_json, write_json
from w2sdl_runtime.keying import close_key
from w2sdl_runtime.sources import HashCache, Sources, without_sources
from w2sdl_runtime.store import Store


class _Index:
    """Asks the store once for each key."""

    def __init__(self, store: Store, sources: Sources) -> None:
        self._store = store
        self._sources = sources
        self._digests: dict[str, str] = {}
        self._has: dict[str, bool] = {}  #: whether a shape has any result

    def key(self, node: Node, digests: Mapping[str, str]) -> str:
        return close_key(node, digests, self._sources).key

    def digest(self, key: str) -> str:
        if key not in self._digests:
            manifest = self._store.lookup(key)
            self._digests[key] = manifest.digest if manifest else ""
        return self._digests[key]

    def has_shape(self, node: Node) -> bool:
        if not self._shapes:
            return False
        shape = _shape(node.op, node.version, without_sources(node))
        if shape not in self._has:
            self._has[shape] = any(self.digest(key) for key in self._shapes.get(shape, ()))
        return self._has[shape]

    @cached_property
    def _shapes(self) -> Mapping[str, list[str]]:
        """(operation, version, parameters), as a hash, of all keys; read once, if asked."""
        keys: dict[str, list[str]] = {}
        for key, shape in _shapes_by_key(self._store).items():
            keys.setdefault(shape, []).append(key)
        return keys


def _shapes_by_key(store: Store) -> dict[str, str]:
    """The shape of each key, "" where the key has no whole pre-image.

    They are kept in a file of the store: a key is a hash of its pre-image, so what was read once
    stays true, and a store of many thousand results is not read again for each plan.
    """
    path = store.root / "shapes.1.json"
    known: dict[str, str] = {}
    with suppress(
        OSError, ValueError, TypeError
    ):  # only a cache: what can't be read is worked out again
        known = dict(read_json(path))
    names = sorted(entry.name for entry in store.keys.iterdir()) if store.keys.is_dir() else []
    shapes = {name: known.get(name) or _shape_of(store, name) for name in names}
    if shapes != known:
        with suppress(OSError):  # a store that can't be written is still good for a plan
            write_json(path, shapes, durable=False)
    return shapes


def _shape_of(store: Store, key: str) -> str:
    preimage = store.preimage(key) or {}
    if not preimage.keys() >= {"op", "op_version", "params"}:
        return ""
    return _shape(preimage["op"], preimage["op_version"], preimage["params"])


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
