"""What a spec stands on here and now, as its lock file has it, and what of it has moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import w2sdl
from w2sdl.graph import Graph
from w2sdl.keys import KEY_SCHEMA
from w2sdl.lock import Lock
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.provenance import minor, package_versions, python_version
from w2sdl_runtime.sources import Named, Sources, named_by

NOT_LOCKED = "not locked"


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that is not as it was locked."""

    what: str
    locked: str
    now: str
    help: str


def lock_of(graph: Graph, base: Path, known: Lock, hashes: HashCache) -> Lock:
    """The lock of a design: commits as in ``known``, else from the hub, and all the rest as it is now.

    Raises:
        PrerequisiteError: when a file is missing or a hub can't be reached.
    """
    sources = Sources(base, known.revisions, hashes)
    for node in graph.nodes.values():
        sources.resolve(node)
    files: dict[str, str] = {}
    for named in _named(graph):
        content = sources.content(named.value)
        if content is not None:
            files[named.value] = next(iter(content.values()))
    return Lock(
        sources.locked, files, _packages(), minor(python_version()), w2sdl.__version__, KEY_SCHEMA
    )


def moved_since(lock: Lock, graph: Graph, base: Path, spec: Path, hashes: HashCache) -> list[Moved]:
    """Whatever is not as the lock says, and what a design names that the lock does not. Asks no hub."""
    again = f"restore it; or, if the change is meant: w2sdl lock {spec}"
    moved = [*_moved_sources(lock, graph, base, again, f"w2sdl lock {spec}", hashes)]
    here = _packages()
    for name, version in lock.packages.items():
        if here.get(name) != version:
            now = here.get(name, "not installed")
            moved.append(Moved(name, version, now, f"pip install {name}=={version}"))
    new = sorted(here.keys() - lock.packages.keys())
    moved += [Moved(name, NOT_LOCKED, here[name], f"w2sdl lock {spec}") for name in new]
    python = minor(python_version())
    if lock.python != python:
        moved.append(Moved("python", lock.python or NOT_LOCKED, python, again))
    if lock.key_schema != KEY_SCHEMA:
        locked = str(lock.key_schema or NOT_LOCKED)
        moved.append(Moved("key schema", locked, str(KEY_SCHEMA), "use the w2sdl that locked it"))
    return moved


def _moved_sources(
    lock: Lock, graph: Graph, base: Path, again: str, add: str, hashes: HashCache
) -> Iterator[Moved]:
    sources = Sources(base, {}, hashes, offline=True)
    for named in _named(graph):
        content = sources.content(named.value)
        if content is not None:
            now = next(iter(content.values()))
            locked = lock.files.get(named.value)
            if locked != now:
                shown = _short(locked) if locked else NOT_LOCKED
                yield Moved(named.value, shown, _short(now), again if locked else add)
        elif named.value in lock.files:
            yield Moved(named.value, _short(lock.files[named.value]), "missing", again)
        elif named.may_be_repository:
            if not named.is_commit and named.lock_name not in lock.revisions:
                yield Moved(named.lock_name, NOT_LOCKED, "not asked", add)
        else:
            yield Moved(named.value, NOT_LOCKED, "missing", f"paths start at {base}")


def _named(graph: Graph) -> list[Named]:
    """All that the nodes of a design read from outside, once each, in order of names."""
    every = (named for node in graph.nodes.values() for named in named_by(node).values())
    return sorted(dict.fromkeys(every), key=lambda named: (named.value, named.revision))


def _packages() -> Mapping[str, str]:
    """Versions of packages that matter, without the build (2.13.0+cpu): a lock is for all machines."""
    return {name: version.partition("+")[0] for name, version in package_versions().items()}


def _short(digest: str) -> str:
    return digest[:12]
