"""Removes what no kept run needs: runs, results, objects, unfinished work, readings, damaged files.

What goes disappears by one rename, results before the objects they name, so a collection may be killed
anywhere. Beside a run in progress nothing is touched that it may use: what it could reuse stays, and so
do objects that were written or asked for while it ran.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from pathlib import Path

from w2sdl_runtime.cache.index import Results
from w2sdl_runtime.cache.verifying import size_of
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import writing_to
from w2sdl_runtime.partials import READINGS
from w2sdl_runtime.runs.loaded_run import LoadedRun, read_run, run_folders
from w2sdl_runtime.source_params import without_sources
from w2sdl_runtime.storage.keying import shape_of
from w2sdl_runtime.storage.leases import remove_dead
from w2sdl_runtime.storage.references import reachable
from w2sdl_runtime.storage.store import Store

GRACE = 3600.0  #: seconds that an object may lie without a name: it may get one yet


@dataclass(frozen=True, slots=True)
class Keep:
    """What to keep: the newest ``runs``, or runs younger than ``age`` seconds; all where both are None.

    ``grace``: nothing that is younger than this many seconds is removed.
    """

    runs: int | None = None
    age: float | None = None
    grace: float = GRACE


@dataclass(slots=True)
class Garbage:
    """What no kept run needs."""

    runs: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    partials: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    bytes: int = 0

    def __bool__(self) -> bool:
        found = (self.runs, self.keys, self.objects, self.partials, self.readings, self.aside)
        return any(found)


@dataclass(frozen=True, slots=True)
class _Live:
    """The runs in progress: what they may use."""

    owners: frozenset[str]
    runs: frozenset[str]
    leased: frozenset[str]
    since: float  #: when the first of them started; infinity where there is none


def find_garbage(store: Store, keep: Keep) -> Garbage:
    """What a collection would remove; removes nothing."""
    return _find(store, keep, _live(store))


def collect(store: Store, keep: Keep) -> Garbage:
    """Remove what no kept run needs, and say what that was. Killed anywhere, it can be begun again.

    Raises:
        PrerequisiteError: when the store can't be written.
    """
    store.prepare()
    _forget_names_without_files(store)
    done = Garbage()
    while True:
        live = _live(store)
        found = _find(store, keep, live)
        if not found or _Remover(store, live, keep, done).all_of(found):
            return done  # otherwise a run has begun meanwhile: look again at what it may use


def _forget_names_without_files(store: Store) -> None:
    """A collection that was killed may have left the journal one name behind."""
    with store.journal.transaction() as db:
        named = {row["key"] for row in db.execute("SELECT key FROM results")}
        gone = sorted(named - _names(store.keys))
        db.executemany("DELETE FROM results WHERE key = ?", [(key,) for key in gone])


def _find(store: Store, keep: Keep, live: _Live) -> Garbage:
    limit = min(time.time() - keep.grace, live.since)
    runs = [read_run(folder) for folder in run_folders(store)]
    kept = _kept_runs(runs, keep, live)
    results = Results(store, store.journal)
    needed = _needed_keys(runs, kept, results, live) | set(store.waiting())
    spare = [key for key in sorted(_names(store.keys) - needed) if _is_old(store.keys / key, limit)]
    stay = results.all.keys() - set(spare)
    used = reachable(store, {results.all[key]["digest"] for key in stay})
    loose = results.objects - used
    used |= reachable(store, {d for d in loose if not _is_old(store.path(d), limit)})
    first = min((r.info.started.timestamp() for r in runs if r.info.run in kept), default=limit)
    partial, aside = store.root / "partial", store.root / "aside"
    readings = store.root / READINGS
    return Garbage(
        runs=sorted(run.info.run for run in runs if run.info.run not in kept),
        keys=spare,
        objects=sorted(results.objects - used),
        partials=sorted(
            key
            for key in _names(partial) - live.leased
            if key in stay or _is_old(partial / key, min(first, limit))
        ),
        # Nothing names a reading: one that no kept run can have used is no loss.
        readings=sorted(n for n in _names(readings) if _is_old(readings / n, min(first, limit))),
        aside=sorted(name for name in _names(aside) if _is_old(aside / name, limit)),
    )


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _is_old(path: Path, limit: float) -> bool:
    """Whether nothing was done about a file or folder since ``limit``."""
    try:
        return path.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def _kept_runs(runs: Sequence[LoadedRun], keep: Keep, live: _Live) -> set[str]:
    newest = sorted(runs, key=lambda run: run.info.started, reverse=True)
    found = newest if keep.runs is None else newest[: keep.runs]
    if keep.age is not None:
        cutoff = datetime.fromtimestamp(time.time() - keep.age, UTC)
        found = [run for run in found if run.info.started >= cutoff]
    going = {run.info.run for run in runs if run.status == "running"}
    return {run.info.run for run in found} | going | live.runs


def _needed_keys(
    runs: Sequence[LoadedRun], kept: Collection[str], results: Results, live: _Live
) -> set[str]:
    """Keys of kept runs, and all that a run in progress might reuse: results of any of its calls."""
    found = set(live.leased)
    shapes: set[str] = set()
    for run in runs:
        if run.info.run in kept:
            found |= {entry.key for entry in run.nodes.values() if entry.key}
        if run.info.run in live.runs:
            shapes |= _shapes(run)
    rows = results.all.items()
    return found | {k for k, row in rows if row["run"] in kept or row["shape"] in shapes}


def _shapes(run: LoadedRun) -> set[str]:
    return {
        shape_of({"op": node.op, "op_version": node.version, "params": without_sources(node)})
        for node in run.graph().nodes.values()
    }


def _live(store: Store) -> _Live:
    with store.journal.transaction() as db:
        remove_dead(db)
        owners = db.execute("SELECT owner, run FROM owners").fetchall()
        leased = db.execute("SELECT key FROM leases").fetchall()
        query = "SELECT started FROM runs WHERE run IN (SELECT run FROM owners)"
        since = [row["started"] for row in db.execute(query)]
    return _Live(
        frozenset(row["owner"] for row in owners),
        frozenset(row["run"] for row in owners),
        frozenset(row["key"] for row in leased),
        min(since, default=time.time() if owners else inf),
    )


class _NewRun(Exception):
    """A run has begun since it was found out what is garbage."""


class _Remover:
    def __init__(self, store: Store, live: _Live, keep: Keep, done: Garbage) -> None:
        self._store, self._live, self._done = store, live, done
        self._limit = min(time.time() - keep.grace, live.since)

    def all_of(self, garbage: Garbage) -> bool:
        """Remove everything, what names before what is named; False when a run has begun meanwhile."""
        try:
            for run in garbage.runs:
                self._run(run)
            for key in garbage.keys:
                self._key(key)
            for digest in garbage.objects:
                self._object(digest)
            for place, names, done in (
                ("partial", garbage.partials, self._done.partials),
                (READINGS, garbage.readings, self._done.readings),
                ("aside", garbage.aside, self._done.aside),
            ):
                for name in names:
                    self._simply(self._store.root / place / name, done)
        except _NewRun:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which no other run can begin, take a lease or name a result."""
        with self._store.journal.transaction() as db:
            owners = {row["owner"] for row in db.execute("SELECT owner FROM owners")}
            if not owners <= self._live.owners:
                raise _NewRun
            yield db

    def _run(self, run: str) -> None:
        with self._alone() as db:
            for table in ("runs", "nodes"):
                db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608 - our names
            away = self._away(self._store.root / "runs" / run)
        self._gone(away, run, self._done.runs)

    def _key(self, key: str) -> None:
        with self._alone() as db:
            leased = db.execute("SELECT 1 FROM leases WHERE key = ?", (key,)).fetchone()
            if leased or not _is_old(self._store.keys / key, self._limit):
                return
            away = self._away(self._store.keys / key)
            kill_point("gc.manifest-removed")
            db.execute("DELETE FROM results WHERE key = ?", (key,))
        self._gone(away, key, self._done.keys)

    def _object(self, digest: str) -> None:
        with self._alone() as db:
            named = db.execute("SELECT 1 FROM results WHERE digest = ?", (digest,)).fetchone()
            if named or not _is_old(self._store.path(digest), self._limit):
                return  # asked for again
            away = self._away(self._store.path(digest))
            db.execute("DELETE FROM objects WHERE digest = ?", (digest,))
        kill_point("gc.object-removed")
        self._gone(away, digest, self._done.objects)

    def _simply(self, path: Path, done: list[str]) -> None:
        self._gone(self._away(path), path.name, done)

    def _away(self, path: Path) -> Path | None:
        """Take a file or folder out of sight, by one rename, to where left-overs are swept."""
        target = self._store.scratch()
        try:
            with writing_to(self._store.root):
                return path.rename(target / path.name)
        except FileNotFoundError:
            target.rmdir()
            return None

    def _gone(self, away: Path | None, name: str, done: list[str]) -> None:
        if away is not None:
            self._done.bytes += size_of(away)
            done.append(name)
            shutil.rmtree(away.parent, ignore_errors=True)


def garbage_size(store: Store, garbage: Garbage) -> int:
    """Bytes that a collection would free."""
    places = [
        *(store.path(digest) for digest in garbage.objects),
        *(store.root / "runs" / run for run in garbage.runs),
        *(store.keys / key for key in garbage.keys),
        *(store.root / "partial" / key for key in garbage.partials),
        *(store.root / READINGS / name for name in garbage.readings),
        *(store.root / "aside" / name for name in garbage.aside),
    ]
    return sum(size_of(place) for place in places)
