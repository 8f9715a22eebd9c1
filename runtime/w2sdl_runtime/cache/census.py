"""What the manifests of a store behind a URL name: read once, and then only what has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from w2sdl_runtime.artifacts import ARTIFACT
from w2sdl_runtime.hashes import hashes_in, is_hash
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.remote import Remote, manifest_of
from w2sdl_runtime.storage.remote_folder import Entry

_HASHES = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
Files = Mapping[str, Entry]  #: of one object or key, by their names in its folder


class Census:
    """Listings of a store, the manifests in it, and what its objects refer to."""

    def __init__(self, remote: Remote) -> None:
        self._folder = remote.folder
        self.keys: dict[str, Files] = {}
        self.objects: dict[str, Files] = {}
        self.manifests: dict[str, Manifest | None] = {}  #: None for one that can't be read
        self._roots: dict[str, frozenset[str]] = {}  #: digests that a manifest names
        self._stamps: dict[str, Entry] = {}
        self._mentions: dict[str, frozenset[str]] = {}  #: of whole objects: bytes never change

    def take(self) -> None:
        """List all, and read the manifests that are new or were replaced since the last time."""
        self.keys = _grouped(self._folder.entries("keys"))
        now = {k: files["manifest.json"] for k, files in self.keys.items() if _is_named(files)}
        for key in self.manifests.keys() - now.keys():
            del self.manifests[key], self._roots[key]
        fresh = [k for k, e in now.items() if not e.stamp or self._stamps.get(k) != e]
        self._read(fresh)
        self._stamps = now
        if fresh or not self.objects:
            self.objects = _grouped(self._folder.entries("objects"))

    def _read(self, keys: Collection[str]) -> None:
        found = self._folder.read_many([f"keys/{key}/manifest.json" for key in keys])
        for key in keys:
            content = found.get(f"keys/{key}/manifest.json", b"")
            manifest = manifest_of(content, key)
            self.manifests[key] = manifest
            # What can't be read may have been damaged: all that it seems to name stays.
            self._roots[key] = frozenset({manifest.digest} if manifest else _seen(content))

    def whole(self, digest: str) -> bool:
        """Whether the file of an object that is written last is there."""
        return ARTIFACT in self.objects.get(digest, {})

    def named(self) -> set[str]:
        """Digests that manifests name, and of all objects there that those mention."""
        return self.reachable(set[str]().union(*self._roots.values()))

    def reachable(self, digests: Collection[str]) -> set[str]:
        """Some objects and all that they mention, as far as anything of them is there."""
        found: set[str] = set()
        todo = set(digests) & self.objects.keys()
        while todo:
            found |= todo
            self._learn([d for d in todo if d not in self._mentions])
            mentioned = set[str]().union(*(self._mentions.get(d, ()) for d in todo))
            todo = (mentioned & self.objects.keys()) - found
        return found

    def _learn(self, digests: Collection[str]) -> None:
        content = self._folder.read_many([f"objects/{d}/{ARTIFACT}" for d in digests])
        for digest in digests:
            found = content.get(f"objects/{digest}/{ARTIFACT}")
            if found is not None:
                self._mentions[digest] = frozenset(_mentioned(found))

    def artifact(self, digest: str) -> Mapping[str, object]:
        """The facts of an object; {} where they can't be read."""
        try:
            found = json.loads(self._folder.read(f"objects/{digest}/{ARTIFACT}") or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _is_named(files: Files) -> bool:
    return "manifest.json" in files


def _grouped(entries: Mapping[str, Entry]) -> dict[str, Files]:
    """Files by the hash that their names begin with; names that are none of ours are left out."""
    found: dict[str, dict[str, Entry]] = {}
    for name, entry in entries.items():
        first, _, rest = name.partition("/")
        if is_hash(first) and rest:
            found.setdefault(first, {})[rest] = entry
    return dict(found)


def _mentioned(content: bytes) -> set[str]:
    try:
        return set(hashes_in(json.loads(content)))
    except ValueError:
        return _seen(content)


def _seen(content: bytes) -> set[str]:
    return {found.decode() for found in _HASHES.findall(content)}
