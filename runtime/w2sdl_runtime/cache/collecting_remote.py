"""Removes from a store behind a URL what no result there names, while other machines use it.

What is young is left alone. The rest goes in parts: each is announced, then the names are looked at once
more, then it is removed; see `w2sdl_runtime.storage.removals` for why no upload loses anything by that.
Results are never removed: a bucket knows no runs, so nobody can say there which ones are needed.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from w2sdl_runtime.cache.census import Census, Files
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.storage.remote import Remote
from w2sdl_runtime.storage.remote_folder import Entry, each
from w2sdl_runtime.storage.removals import Notice

_PART = 200  #: objects and records that are announced at a time


@dataclass(slots=True)
class RemoteGarbage:
    """What no result of a store behind a URL names, and how much of it there is."""

    objects: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)  #: keys that have a pre-image and no result
    aside: list[str] = field(default_factory=list)  #: damaged objects and records, by their names
    temporary: list[str] = field(default_factory=list)  #: files of uploads that were killed
    bytes: int = 0
    results: int = 0  #: results there, which all stay
    young: int = 0  #: objects that nothing names, and that are too young, or of unknown age


def find_remote_garbage(remote: Remote, grace: float) -> RemoteGarbage:
    """What a collection would remove; removes and writes nothing."""
    return _Collection(remote, grace).found


def collect_remote(remote: Remote, grace: float) -> RemoteGarbage:
    """Remove what nothing names, and say what that was. Killed anywhere, it can be begun again.

    Raises:
        PrerequisiteError: when the store can't be reached or written, or answers too slowly.
    """
    return _Collection(remote, grace).remove()


class _Collection:
    def __init__(self, remote: Remote, grace: float) -> None:
        _refuse_ordinary_store(remote)
        self._remote, self._folder = remote, remote.folder
        self._limit = time.time() - grace
        self._census = Census(remote)
        self._census.take()
        self._extra = {place: dict(self._folder.entries(place)) for place in ("aside", "tmp")}
        self.found = self._find()

    def _find(self) -> RemoteGarbage:
        census = self._census
        named = census.named()
        loose = {d: files for d, files in census.objects.items() if d not in named}
        bare = {k: files for k, files in census.keys.items() if k not in census.manifests}
        found = RemoteGarbage(
            objects=self._old(loose),
            records=self._old(bare),
            aside=self._old(_folders(self._extra["aside"])),
            temporary=self._old({name: {"": e} for name, e in self._extra["tmp"].items()}),
            results=len(census.manifests),
        )
        found.young = len(loose) - len(found.objects)
        found.bytes = sum(_size(loose[digest]) for digest in found.objects)
        found.bytes += sum(_size(bare[key]) for key in found.records)
        aside = _folders(self._extra["aside"])
        found.bytes += sum(_size(aside[name]) for name in found.aside)
        found.bytes += sum(self._extra["tmp"][name].size for name in found.temporary)
        return found

    def _old(self, there: dict[str, Files]) -> list[str]:
        return sorted(name for name, files in there.items() if self._is_old(files.values()))

    def _is_old(self, entries: Iterable[Entry]) -> bool:
        times = [entry.modified for entry in entries]
        return all(modified is not None and modified < self._limit for modified in times)

    def remove(self) -> RemoteGarbage:
        """Remove what was found, unless it has got a name meanwhile."""
        found, done = self.found, RemoteGarbage(results=self.found.results, young=self.found.young)
        todo = [*found.objects, *found.records]
        while todo:
            part, todo = todo[:_PART], todo[_PART:]
            left = self._part(part, done)
            if len(left) == len(part):
                raise PrerequisiteError(
                    f"{self._remote.shown} answers too slowly to be collected safely",
                    "try again from a machine that is nearer to it; what was removed until now was "
                    "named by nothing",
                )
            todo += left
        self._simply(found, done)
        self._remote.removals.tidy()
        return done

    def _part(self, names: Sequence[str], done: RemoteGarbage) -> list[str]:
        """Remove some objects and records; those for which there was no time."""
        notice = self._remote.removals.announce(names)
        kill_point("gc.remote-announced")
        self._census.take()
        named = self._census.named()
        objects = [d for d in names if d in self._census.objects and d not in named]
        records = [k for k in names if k in self._census.keys and k not in self._census.manifests]
        left = self._each(notice, objects, self._census.objects, "objects", done.objects, done)
        left += self._each(notice, records, self._census.keys, "keys", done.records, done)
        kill_point("gc.remote-removed")
        self._remote.removals.finish(notice)
        return left

    def _each(
        self,
        notice: Notice,
        names: Collection[str],
        there: dict[str, Files],
        place: str,
        removed: list[str],
        done: RemoteGarbage,
    ) -> list[str]:
        def remove(name: str) -> bool:
            if notice.has_time:
                self._remote.remove_all_of(f"{place}/{name}", there[name])
                return True
            return False

        left: list[str] = []
        for name, gone in each(remove, names):
            if gone:
                removed.append(name)
                done.bytes += _size(there.pop(name))
            else:
                left.append(name)
        return left

    def _simply(self, found: RemoteGarbage, done: RemoteGarbage) -> None:
        """What nobody else may use: it needs no word."""
        for name in found.aside:
            files = _folders(self._extra["aside"])[name]
            self._folder.remove(f"aside/{name}")
            done.aside.append(name)
            done.bytes += _size(files)
        self._folder.remove_files([f"tmp/{name}" for name in found.temporary])
        done.temporary = found.temporary
        done.bytes += sum(self._extra["tmp"][name].size for name in found.temporary)


def _folders(entries: dict[str, Entry]) -> dict[str, Files]:
    """Files by the folder that they are in, or by their own name."""
    found: dict[str, dict[str, Entry]] = {}
    for name, entry in entries.items():
        first, _, rest = name.partition("/")
        found.setdefault(first, {})[rest] = entry
    return dict(found)


def _size(files: Files) -> int:
    return sum(entry.size for entry in files.values())


def _refuse_ordinary_store(remote: Remote) -> None:
    """A folder in which runs work has leases instead, which a collection of the folder looks at.

    Raises:
        PrerequisiteError: when that is what is behind the URL.
    """
    if remote.folder.has_folders and remote.folder.has("journal.db"):
        raise PrerequisiteError(
            f"{remote.shown} is a folder in which runs have worked, and not only a place for results",
            "name the folder itself: w2sdl cache gc --store FOLDER",
        )
