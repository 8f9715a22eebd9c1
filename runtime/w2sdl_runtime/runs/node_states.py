"""What became of nodes, on its way to the journal: never more than half a second late.

A thread of its own writes what is pending, so that `w2sdl status` is true also while the driver waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.journal import Journal

FLUSH_EVERY = 0.5  #: seconds between two writes


class NodeStates:
    """Journal rows by node. The thread begins with the first of them and ends with `close`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pending: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        self._flushed = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def pending(self, node: str) -> Mapping[str, Any]:
        """What is not written yet of a node; {} for nothing."""
        with self._lock:
            return self._pending.get(node, {})

    def note(self, node: str, row: Mapping[str, Any]) -> None:
        """Take a row in the place of an earlier one of the same node."""
        with self._lock:
            self._pending[node] = row
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._keep_writing, name="states", daemon=True)
            self._thread.start()
        if time.monotonic() - self._flushed >= FLUSH_EVERY:
            self._flush(self._journal)

    def close(self) -> None:
        """Write the rest; what a full disk refuses is lost, and stands in the run's folder."""
        self._ended.set()
        if (
            self._thread is not None and self._thread.ident is not None
        ):  # Ctrl-C came before it began
            self._thread.join()
        self._flush(self._journal)

    def _flush(self, journal: Journal) -> None:
        """Write what is pending; what a full disk refuses is kept for later."""
        self._flushed = time.monotonic()
        with self._lock, suppress(PrerequisiteError):  # one lock: no older row after a newer one
            if self._pending:
                journal.set_nodes(self._pending.values())
                self._pending.clear()

    def _keep_writing(self) -> None:
        journal: Journal | None = None  # a connection belongs to one thread
        while not self._ended.wait(FLUSH_EVERY):
            if self._pending:
                with suppress(PrerequisiteError):
                    journal = journal or Journal(self._journal.path.parent)
                    self._flush(journal)
        if journal is not None:
            journal.close()
