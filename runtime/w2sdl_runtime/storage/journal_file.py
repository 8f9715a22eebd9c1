"""The journal's SQLite file: made, opened, set aside where it is damaged, and its errors as sentences."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.file_systems import is_network

NAME = "journal.db"
VERSION = 1
_BUSY = 60.0  #: seconds to wait for another process's transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
  key TEXT PRIMARY KEY, digest TEXT NOT NULL, op TEXT NOT NULL, op_version INTEGER NOT NULL,
  kind TEXT NOT NULL, shape TEXT NOT NULL, address TEXT NOT NULL, run TEXT NOT NULL,
  seconds REAL NOT NULL, ended REAL NOT NULL, warnings TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS results_op ON results (op);
CREATE TABLE IF NOT EXISTS objects (
  digest TEXT PRIMARY KEY, bytes INTEGER, verified REAL, corrupt REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (
  owner TEXT PRIMARY KEY, run TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  started REAL NOT NULL, beat REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (
  key TEXT PRIMARY KEY, token INTEGER NOT NULL, owner TEXT NOT NULL, address TEXT NOT NULL,
  taken REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leases_owner ON leases (owner);
CREATE TABLE IF NOT EXISTS tokens (last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
  run TEXT PRIMARY KEY, name TEXT NOT NULL, experiment TEXT NOT NULL, spec TEXT NOT NULL,
  status TEXT NOT NULL, started REAL NOT NULL, ended REAL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  process REAL NOT NULL, command TEXT NOT NULL, nodes INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_started ON runs (started);
CREATE TABLE IF NOT EXISTS nodes (
  run TEXT NOT NULL, node TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, op TEXT NOT NULL,
  state TEXT NOT NULL, key TEXT NOT NULL DEFAULT '', digest TEXT NOT NULL DEFAULT '',
  seconds REAL NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0, log TEXT NOT NULL DEFAULT '',
  because TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '', warnings TEXT NOT NULL DEFAULT '',
  done INTEGER, total INTEGER, unit TEXT NOT NULL DEFAULT '', since REAL NOT NULL,
  PRIMARY KEY (run, node)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nodes_key ON nodes (key);
"""


class JournalFile:
    """One connection to a store's journal, for one thread.

    Raises:
        PrerequisiteError: when the file can't be written, or belongs to a later w2sdl.
    """

    def __init__(self, root: Path, *, read_only: bool = False) -> None:
        self.path = root / NAME
        self._is_closed = False
        with self._explained():
            self._db = self._reading() if read_only else self._open()

    # -- opening -----------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # locked, full or forbidden: not damaged
            self._set_aside(self._file)
            return self._connect()

    def _reading(self) -> sqlite3.Connection:
        path, log = self.path.absolute(), self.path.with_name(f"{NAME}-wal")
        if os.access(path.parent, os.W_OK):
            db = self._reader(f"{path.as_uri()}?mode=ro")
        elif log.exists() and log.stat().st_size:
            db = self._in_memory(path, log)
        else:
            db = self._reader(f"{path.as_uri()}?mode=ro&immutable=1")
        db.row_factory = sqlite3.Row
        return db

    def _reader(self, place: str) -> sqlite3.Connection:
        return sqlite3.connect(place, timeout=_BUSY, isolation_level=None, uri=True)

    def _in_memory(self, path: Path, log: Path) -> sqlite3.Connection:
        """A copy, with what a killed process had no time to write back from the log.

        In a folder that can't be written SQLite reads no log.
        """
        db = self._reader(":memory:")
        with tempfile.TemporaryDirectory(prefix="w2sdl-journal-") as folder:
            for one in (path, log):
                shutil.copyfile(one, Path(folder) / one.name)
            copied = sqlite3.connect(Path(folder) / NAME)
            copied.backup(db)
            copied.close()
        return db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None)
        db.row_factory = sqlite3.Row
        self._file = _identity(self.path)
        try:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise PrerequisiteError(
                    f"{self.path} was written by a later version of w2sdl", "use that version"
                )
            db.execute("PRAGMA synchronous=NORMAL")
            if found < VERSION:
                self._create(db)
        except BaseException:
            db.close()
            raise
        return db

    def _go_over(self) -> None:
        """Open what is in place now; where that fails, the next transaction tries again."""
        self._db.close()
        self._is_closed = True
        self._db = self._connect()
        self._is_closed = False

    def _create(self, db: sqlite3.Connection) -> None:
        mode = "DELETE" if is_network(self.path.parent) else "WAL"
        end = time.monotonic() + _BUSY
        while True:
            try:
                db.execute(f"PRAGMA journal_mode={mode}")
                break
            except sqlite3.OperationalError:  # many make it at once: here SQLite doesn't wait
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={VERSION};COMMIT;")

    def _set_aside(self, damaged: tuple[int, int] | None) -> None:
        """Move a damaged file away, unless another process was quicker and a new one is in place."""
        if _identity(self.path) != damaged:
            return
        aside = self.path.parent / "aside"
        aside.mkdir(exist_ok=True)
        stamp = secrets.token_hex(4)
        for suffix in ("", "-wal", "-shm"):
            path = self.path.with_name(NAME + suffix)
            with suppress(FileNotFoundError):
                path.replace(aside / f"{NAME}.{stamp}{suffix}")

    def check(self) -> bool:
        """Whether the file is sound; one that isn't is set aside, and an empty one takes its place."""
        with self._explained():
            try:
                if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                    return True
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                pass  # damaged so much that even the check fails
            self._db.close()  # before it is moved: SQLite removes its log by name
            self._set_aside(self._file)
            self._go_over()
            return False

    def close(self) -> None:
        self._db.close()

    # -- access ------------------------------------------------------------------------------------

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as sentences.

        Raises:
            PrerequisiteError: always, for whatever SQLite raises.
        """
        try:
            yield
        except sqlite3.Error as error:
            text = str(error)
            if "full" in text:
                help = "free some space, or name another store with --store"
            elif "readonly" in text or "unable to open" in text:
                help = "change the permissions of its folder, or name another store with --store"
            elif "locked" in text or "busy" in text:
                help = "another process holds it for over a minute; is that one stopped?"
            else:
                help = "the next `w2sdl run` builds it again from the files of the store"
            raise PrerequisiteError(f"the journal {self.path}: {text}", help) from error

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._explained():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Nobody else writes inside; an exception takes all of it back."""
        with self._explained():
            if self._is_closed or _identity(self.path) != self._file:
                self._go_over()  # another process had to build it anew
            if self._db.in_transaction:  # Ctrl-C came between a `with` and its first line
                self._db.execute("ROLLBACK")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:  # also Ctrl-C, at whatever point it comes
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file a name stands for now; None where there is none, or none that can be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same primary key. Names come from our code only."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    db.execute(statement, list(row.values()))
