"""Follows an attempt that runs in another process, through the file that it writes its progress to."""

from __future__ import annotations

import json
import time
from math import inf
from pathlib import Path

from w2sdl_runtime.worker.protocol import Listener


class Watched:
    """The progress file of a running attempt."""

    def __init__(self, path: Path, listener: Listener) -> None:
        self._path = path
        self._listener = listener
        self._seen = 0
        self.begun: float | None = None  #: about when it began (monotonic); inf once it is done

    def look(self) -> None:
        """Pass on the latest record, if it is news."""
        try:
            changed = self._path.stat().st_mtime_ns
            record = json.loads(self._path.read_text("utf-8")) if changed != self._seen else None
        except (OSError, ValueError):  # a machine that crashed may leave the file empty
            return
        self.begun = self.begun or time.monotonic()
        if record is not None:
            self._seen = changed
            self.begun = inf if record.get("computed", False) else self.begun
            self._listener(record)
