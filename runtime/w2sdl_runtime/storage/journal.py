"""The journal beside the store: an index of results, leases, and what became of every run.

One SQLite file. Files of the store are the truth: a journal that is lost or damaged is set aside and
built again from them, and costs only the history of runs that left no folder.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.journal_file import NAME, JournalFile, insert


class Journal(JournalFile):
    """What a store keeps of its results and runs, over one connection for one thread."""

    # -- results -----------------------------------------------------------------------------------

    def results(self) -> list[sqlite3.Row]:
        """The index of everything stored."""
        return self.rows("SELECT * FROM results")

    def add_results(self, found: Iterable[Mapping[str, Any]]) -> None:
        """Take results into the index."""
        with self.transaction() as db:
            for row in found:
                insert(db, "results", row)

    def forget_results(self, keys: Iterable[str]) -> None:
        with self.transaction() as db:
            db.executemany("DELETE FROM results WHERE key = ?", [(key,) for key in keys])

    def mark_object(self, digest: str, *, sound: bool, size: int | None = None) -> None:
        """Keep what a check of an object's bytes found."""
        now = time.time()
        row: dict[str, Any] = {"digest": digest, "bytes": size}
        row |= {"verified": now, "corrupt": None} if sound else {"corrupt": now}
        with self.transaction() as db:
            insert(db, "objects", row)

    def corrupt_objects(self) -> set[str]:
        """Digests whose bytes were found changed, and that were not stored again since."""
        found = self.rows("SELECT digest FROM objects WHERE corrupt IS NOT NULL")
        return {row["digest"] for row in found}

    # -- runs --------------------------------------------------------------------------------------

    def set_run(self, row: Mapping[str, Any]) -> None:
        with self.transaction() as db:
            insert(db, "runs", row)

    def runs(self) -> list[sqlite3.Row]:
        """All runs, oldest first."""
        return self.rows("SELECT * FROM runs ORDER BY started, run")

    def set_nodes(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Say what became of some nodes of a run."""
        with self.transaction() as db:
            for row in rows:
                insert(db, "nodes", row)

    def run_nodes(self, run: str) -> list[sqlite3.Row]:
        return self.rows("SELECT * FROM nodes WHERE run = ?", run)

    def state_counts(self, run: str) -> dict[str, int]:
        """How many nodes of a run are in each state."""
        found = self.rows(
            "SELECT state, count(*) AS n FROM nodes WHERE run = ? GROUP BY state", run
        )
        return {row["state"]: row["n"] for row in found}


def reading_journal(root: Path) -> Journal | None:
    """The journal for one who only reads; None where there is none that can be read."""
    if not (root / NAME).is_file():
        return None
    try:
        return Journal(root, read_only=True)
    except PrerequisiteError:
        return None
