"""A store behind a URL, laid out as a local one: objects first, then pre-images, manifests last.

Nothing here trusts what it reads: names are checked before they become paths, objects against their
digests, pre-images against their keys. Everything can be done again: what is there is left alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from w2sdl.keys import store_key
from w2sdl_runtime.artifacts import ARTIFACT
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import digest_of_folder, files_below, writing_to
from w2sdl_runtime.hashes import is_hash, is_plain_path
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.remote_folder import RemoteFolder
from w2sdl_runtime.storage.removals import Removals, Trust

_MARKER = "store.json"
_LAST = (ARTIFACT, "manifest.json")  #: what is written last, and makes the rest count


class NotWholeError(PrerequisiteError):
    """What was uploaded a moment ago is not there."""


class Remote:
    """The results behind a URL."""

    def __init__(self, url: str, layout: int) -> None:
        self.url = url
        self._layout = layout
        self.folder = RemoteFolder(url)
        self.removals = Removals(self.folder)
        self._trust: Trust | None = None  #: replaced as a whole: threads may hold an earlier one
        self.moved = 0  #: how many objects this process copied to or fro

    @property
    def shown(self) -> str:
        return self.folder.shown

    def identity(self, *, make: bool) -> str:
        """The name that the store gave itself when it was made; "" where there is none (yet).

        Raises:
            PrerequisiteError: when it can't be reached or has another layout.
        """
        found = self.folder.read(_MARKER)
        if found is None and make:
            fresh = {"layout": self._layout, "id": secrets.token_hex(16)}
            self.removals.begin()
            found = self.folder.create(_MARKER, _bytes(fresh))
        if found is None:
            return ""
        record = _record(found)
        if record.get("layout") != self._layout:
            raise PrerequisiteError(
                f"{self.shown} is a store of layout {record.get('layout')}, and this w2sdl reads "
                f"layout {self._layout}",
                "use the w2sdl that wrote it, or name another store",
            )
        return str(record.get("id", ""))

    # -- reading -----------------------------------------------------------------------------------

    def keys(self) -> set[str]:
        """The keys that have a manifest, by one listing."""
        names = (name.split("/") for name in self.folder.sizes("keys"))
        return {n[0] for n in names if len(n) == 2 and n[1] == "manifest.json" and is_hash(n[0])}

    def manifest(self, key: str) -> Manifest | None:
        """The result of a key; None where there is none, or what is there is none."""
        found = self.folder.read(f"keys/{key}/manifest.json")
        return None if found is None else manifest_of(found, key)

    def preimage(self, key: str) -> dict[str, Any] | None:
        """What was hashed into a key; None where there is none, or it is another key's."""
        record = _record(self.folder.read(f"keys/{key}/key.json") or b"")
        return record if record and store_key(record) == key else None

    def has_object(self, digest: str) -> bool:
        """Whether an object is there; its `ARTIFACT` was written last."""
        return self.folder.read(f"objects/{digest}/{ARTIFACT}") is not None

    def fetch(self, digest: str, scratch: Path) -> Path | None:
        """Copy an object into a folder below ``scratch``; None unless all its bytes are right.

        A transfer may be what went wrong: it is tried twice.
        """
        trust = self._trust
        for number in range(2):
            folder = scratch / str(number)
            folder.mkdir()
            if self._copied(digest, folder) and digest_of_folder(folder) == digest:
                if trust is not None:
                    trust.whole.add(digest)
                self.moved += 1
                return folder
        return None

    def _copied(self, digest: str, folder: Path) -> bool:
        names = self.folder.sizes(f"objects/{digest}")
        if ARTIFACT not in names or not all(map(is_plain_path, names)):
            return False
        try:
            for name in names:
                with writing_to(folder):
                    self.folder.download(f"objects/{digest}/{name}", folder / name)
        except FileNotFoundError:  # it was removed meanwhile
            return False
        return True

    # -- writing -----------------------------------------------------------------------------------

    def publish(
        self,
        preimage: Mapping[str, Any],
        manifest: Manifest,
        objects: Iterable[tuple[str, Path]],
        *,
        replace: bool = False,
    ) -> Manifest:
        """Upload a result: its objects, then its pre-image, then its manifest.

        Returns the manifest that stands: where another host was first, that is its own, unless
        ``replace`` says that the key was computed again on purpose. What a collection may have
        removed meanwhile is uploaded again: see `removals`.
        """
        key, objects = manifest.key, list(objects)
        present = None if replace else self.standing(key)
        if present is not None and present.digest != manifest.digest:
            return present
        names = {key, *(digest for digest, _ in objects)}
        while True:
            trust = self._trusting()
            try:
                for digest, folder in objects:
                    self.upload(digest, folder, trust)
            except NotWholeError:
                if not self.removals.came_between(trust.seen, names):
                    raise
                self._trust = None
                continue
            kill_point("push.object")
            stands = self._name(preimage, manifest, replace=replace)
            kill_point("push.named")
            if not self.removals.came_between(trust.seen, names):
                kill_point("push.manifest")
                return stands
            self._trust = None

    def _trusting(self) -> Trust:
        """What this process has seen whole there, as long as nothing was removed since."""
        found = self._trust
        if found is None:
            found = self._trust = Trust(self.removals.look())
        return found

    def _name(self, preimage: Mapping[str, Any], manifest: Manifest, *, replace: bool) -> Manifest:
        """Write a pre-image and then its manifest; the manifest that stands."""
        key = manifest.key
        self.folder.write(f"keys/{key}/key.json", _bytes(preimage))
        name, content = f"keys/{key}/manifest.json", _bytes(manifest.model_dump(mode="json"))
        if replace:
            self.folder.write(name, content)
        elif self.folder.create(name, content) != content:
            # Either one that came first meanwhile, or one whose object is gone: then ours stands.
            if (stands := self.standing(key)) is not None:
                return stands
            self.folder.write(name, content)
        return manifest

    def standing(self, key: str) -> Manifest | None:
        """The manifest of a key, if its object is there too."""
        found = self.manifest(key)
        return found if found is not None and self.has_object(found.digest) else None

    def upload(self, digest: str, folder: Path, trust: Trust | None = None) -> None:
        """Upload what is missing of an object, and look whether it is whole then.

        ``trust`` has those that need no look, and gets this one.

        Raises:
            NotWholeError: when it isn't whole afterwards.
        """
        if trust is not None and digest in trust.whole:
            return
        sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in files_below(folder)}
        missing = self._missing(digest, sizes)
        for name in sorted(missing, key=lambda name: (name == ARTIFACT, name)):
            self.folder.upload(folder / name, f"objects/{digest}/{name}")
        if missing and (left := self._missing(digest, sizes)):
            raise NotWholeError(
                f"{self.shown} does not have what was uploaded: {left[0]} of object {digest}",
                "run it again; if that doesn't help, the service behind the URL loses files",
            )
        if trust is not None:
            trust.whole.add(digest)
        self.moved += bool(missing)

    def _missing(self, digest: str, sizes: Mapping[str, int]) -> list[str]:
        """Files of an object that are not there, or have another length."""
        there = self.folder.sizes(f"objects/{digest}")
        for name in there.keys() - sizes.keys():
            self.folder.remove(f"objects/{digest}/{name}")  # no file of this object
        return [name for name, size in sizes.items() if there.get(name) != size]

    def set_object_aside(self, digest: str) -> None:
        """Move an object whose bytes don't match its digest away, so that a sound one can come."""
        self._trust = None
        mark, names = secrets.token_hex(4), self.folder.sizes(f"objects/{digest}")
        place = f"objects/{digest}"
        plain = [name for name in names if is_plain_path(name)]
        self.folder.move({f"{place}/{n}": f"aside/{digest}.{mark}/{n}" for n in plain})
        self.folder.remove(place)  # what is left has names that no file of an object has

    def set_key_aside(self, key: str) -> None:
        """Move the record of a result away: its key exists no longer."""
        mark = secrets.token_hex(4)
        there = [n for n in ("manifest.json", "key.json") if n in self.folder.sizes(f"keys/{key}")]
        self.folder.move({f"keys/{key}/{n}": f"aside/key-{key}.{mark}/{n}" for n in there})

    def remove_all_of(self, place: str, names: Collection[str]) -> None:
        """Remove the files of an object or of a key: first the one without which it is none."""
        self._trust = None
        for name in sorted(names, key=lambda name: (name not in _LAST, name)):
            self.folder.remove_files([f"{place}/{name}"])
            if name in _LAST:
                kill_point("gc.remote-artifact")
        if self.folder.has_folders:
            self.folder.remove(place)

    def forget(self, key: str) -> None:
        """Let a key exist no longer; the object stays."""
        self.folder.remove(f"keys/{key}/manifest.json")


def manifest_of(content: bytes, key: str) -> Manifest | None:
    """The manifest that a file of a key holds; None where it is none, or another key's."""
    try:
        found = Manifest.model_validate_json(content)
    except ValidationError:
        return None
    return found if found.key == key and is_hash(found.digest) else None


def _record(content: bytes) -> dict[str, Any]:
    """A JSON object; {} where the bytes are none."""
    try:
        record = json.loads(content)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _bytes(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
