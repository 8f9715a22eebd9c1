"""Who computes what: a lease for each key, held by a driver process that shows it is alive.

A lease whose owner has died, or has been silent for `SILENCE` seconds, is taken over. Its token is
larger than all before it, so the commit of a worker that was given up on is refused (`fenced`).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.provenance import host_name, process_is_alive, process_started
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.journal_file import insert

SILENCE = 30.0  #: seconds without a heartbeat after which an owner on another host counts as dead
BEAT = 3.0  #: seconds between two heartbeats
#: An owner on this host is known by its process; only one that was stopped for this long loses out.
SILENCE_HERE = 120.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to compute one key."""

    key: str
    token: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lease that was asked for."""

    run: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"run {self.run} (process {self.pid} on {self.host})"


class Superseded(Exception):
    """Another run took this key over: what was computed for it here is not the result."""


class Leases:
    """The leases of one driver. Use it as a context: inside, a thread sends heartbeats."""

    def __init__(self, journal: Journal, run: str) -> None:
        self._journal = journal
        self._run = run
        self.owner = f"{host_name()}.{os.getpid()}.{secrets.token_hex(4)}"
        self._started = process_started(os.getpid())
        self._ended = threading.Event()

    def __enter__(self) -> Leases:
        self._register()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        # Where the disk is full they stay, and count for nothing: their owner has ended.
        with suppress(PrerequisiteError), self._journal.transaction() as db:
            db.execute("DELETE FROM leases WHERE owner = ?", (self.owner,))
            db.execute("DELETE FROM owners WHERE owner = ?", (self.owner,))
            remove_dead(db)  # whoever died meanwhile is not left to the next run

    def _register(self) -> None:
        with self._journal.transaction() as db:
            remove_dead(db)
            self._show_alive(db)

    def _show_alive(self, db: sqlite3.Connection) -> None:
        """Say so in full: the row may be gone, with a journal that was lost or by a long silence."""
        row = {"owner": self.owner, "run": self._run, "host": host_name(), "pid": os.getpid()}
        insert(db, "owners", {**row, "started": self._started, "beat": time.time()})

    def _beat(self) -> None:
        journal: Journal | None = None
        while not self._ended.wait(BEAT):
            # A beat that fails is not the run's end: the next may pass, and commits are fenced.
            with suppress(PrerequisiteError):
                journal = journal or Journal(self._journal.path.parent)
                with journal.transaction() as db:
                    self._show_alive(db)
        if journal is not None:
            journal.close()

    def take(self, key: str, address: str) -> Lease | Holder:
        """The lease of a key, or who has it."""
        with self._journal.transaction() as db:
            holder = _holder(db, key)
            if holder is not None and holder["owner"] != self.owner and _is_alive(holder):
                return Holder(holder["run"], holder["host"], holder["pid"])
            if not db.execute("SELECT 1 FROM owners WHERE owner = ?", (self.owner,)).fetchone():
                self._show_alive(db)
            token = _next_token(db)
            row = {"key": key, "token": token, "owner": self.owner}
            insert(db, "leases", {**row, "address": address, "taken": time.time()})
        kill_point("lease.taken")
        return Lease(key, token)

    def give_back(self, keys: Iterable[str]) -> None:
        """Let others have these keys."""
        with self._journal.transaction() as db:
            for key in keys:
                db.execute("DELETE FROM leases WHERE key = ? AND owner = ?", (key, self.owner))


@contextmanager
def fenced(journal: Journal, lease: Lease | None) -> Iterator[sqlite3.Connection]:
    """A transaction in which a result may be named; on its success the lease is used up.

    Without a lease (an import, a store that only one process uses) nothing is checked. A journal that
    was lost meanwhile knows no leases; then the files of the store alone decide.

    Raises:
        Superseded: when a later lease of the key exists.
    """
    with journal.transaction() as db:
        if lease is not None:
            found = _holder(db, lease.key)
            if found is not None and found["token"] != lease.token:
                raise Superseded(f"run {found['run']} has taken it over")
        yield db
        if lease is not None:
            db.execute("DELETE FROM leases WHERE key = ?", (lease.key,))


def _holder(db: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    query = (
        "SELECT l.token, l.owner, o.* FROM leases l LEFT JOIN owners o USING (owner) WHERE key = ?"
    )
    found: sqlite3.Row | None = db.execute(query, (key,)).fetchone()
    return found


def _is_alive(owner: sqlite3.Row) -> bool:
    """Whether a driver still works: its process, if it is on this host, and its heartbeat."""
    if owner["pid"] is None:
        return False  # its row is gone: it ended
    silence = time.time() - owner["beat"]
    if owner["host"] != host_name():
        return bool(silence < SILENCE)
    return process_is_alive(owner["pid"], owner["started"]) and silence < SILENCE_HERE


def _next_token(db: sqlite3.Connection) -> int:
    """Larger than any before, even if the journal had to be built anew."""
    row = db.execute("SELECT max(last) FROM tokens").fetchone()
    token = max((row[0] or 0) + 1, time.time_ns() // 1_000_000)
    db.execute("DELETE FROM tokens")
    db.execute("INSERT INTO tokens VALUES (?)", (token,))
    return token


def remove_dead(db: sqlite3.Connection) -> None:
    """Drop owners that have died, and what they held."""
    for owner in db.execute("SELECT * FROM owners").fetchall():
        if not _is_alive(owner):
            db.execute("DELETE FROM leases WHERE owner = ?", (owner["owner"],))
            db.execute("DELETE FROM owners WHERE owner = ?", (owner["owner"],))


def held(root: Path) -> list[dict[str, Any]]:
    """All leases of live owners, for those who clean up or look."""
    journal = Journal(root)
    try:
        with journal.transaction() as db:
            remove_dead(db)
            found = db.execute("SELECT * FROM leases JOIN owners USING (owner)").fetchall()
        return [dict(row) for row in found]
    finally:
        journal.close()
