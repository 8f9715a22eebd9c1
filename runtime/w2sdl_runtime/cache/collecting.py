"""Removes what no kept run needs: runs, results, objects, unfinished work, readings, damaged files.

What goes disappears by one rename, results before the objects they name, so a collection may be killed
anywhere. Beside a run in progress nothing is touched that it may use: what it could reuse stays, and so
do objects that were written or asked for while it ran.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from w2sdl_runtime.cache.garbage import (
    Garbage,
    InProgress,
    Keep,
    find_garbage,
    is_old,
    names_in,
    runs_in_progress,
)
from w2sdl_runtime.cache.verifying import size_of
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import writing_to
from w2sdl_runtime.partials import READINGS
from w2sdl_runtime.storage.store import Store


def collect(store: Store, keep: Keep) -> Garbage:
    """Remove what no kept run needs, and say what that was. Killed anywhere, it can be begun again.

    Raises:
        PrerequisiteError: when the store can't be written.
    """
    store.prepare()
    _forget_names_without_files(store)
    done = Garbage()
    while True:
        live = runs_in_progress(store)
        found = find_garbage(store, keep, live)
        if not found or _Remover(store, live, keep, done).all_of(found):
            return done  # otherwise a run has begun meanwhile: look again at what it may use


def _forget_names_without_files(store: Store) -> None:
    """A collection that was killed may have left the journal one name behind."""
    with store.journal.transaction() as db:
        named = {row["key"] for row in db.execute("SELECT key FROM results")}
        gone = sorted(named - names_in(store.keys))
        db.executemany("DELETE FROM results WHERE key = ?", [(key,) for key in gone])


class _NewRun(Exception):
    """A run has begun since it was found out what is garbage."""


class _Remover:
    def __init__(self, store: Store, live: InProgress, keep: Keep, done: Garbage) -> None:
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
            if leased or not is_old(self._store.keys / key, self._limit):
                return
            away = self._away(self._store.keys / key)
            kill_point("gc.manifest-removed")
            db.execute("DELETE FROM results WHERE key = ?", (key,))
        self._gone(away, key, self._done.keys)

    def _object(self, digest: str) -> None:
        with self._alone() as db:
            named = db.execute("SELECT 1 FROM results WHERE digest = ?", (digest,)).fetchone()
            if named or not is_old(self._store.path(digest), self._limit):
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
