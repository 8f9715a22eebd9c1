"""Keeps the report of a run up to date until the run has ended: the file is written again and again.

There is no server: a file can be opened from a disk that several machines share, nothing listens on a port,
and the last page that was written stays when the watch ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from w2sdl_runtime.files import write_text
from w2sdl_runtime.publishing.told import Style, report_of
from w2sdl_runtime.runs.past import PastRun, PastRuns
from w2sdl_runtime.storage.store import Store

POLL = 0.5  #: seconds between two looks at the journal
EVERY = 3.0  #: seconds from one writing to the next, at least
SHARE = 4  #: and this many times what the last one took: a watch takes no run's processor away
SLOWER = 15.0  #: seconds after which it is written though no node has ended: how far they are
REFRESH = 5  #: seconds after which a browser loads the page again


def watch(root: Path, run: str, store: Store, style: Style, out: Path) -> PastRun:
    """Write the report whenever nodes have ended, and a last time when the run has; returns the run.

    Raises:
        PrerequisiteError: when there is no such run, its record is damaged, or the template wrong.
        KeyboardInterrupt: when the user stops it; the file then no longer asks to be loaded again.
    """
    try:
        return _follow(
            root, run, lambda runs, found: _write(runs, found, store, style, out, REFRESH)
        )
    except KeyboardInterrupt:
        with PastRuns(root) as runs:
            _write(runs, runs.find(run), store, style, out, 0)
        raise


def _follow(root: Path, run: str, write: Callable[[PastRuns, PastRun], None]) -> PastRun:
    seen: dict[str, int] | None = None
    last = rest = 0.0
    while True:
        with PastRuns(root) as runs:  # anew: the journal may not have been there at first
            found = runs.find(run)
            run = found.run  # "last" stays the run that it was
            counts = runs.counts(found)
            ended = found.status != "running"
            begun = time.monotonic()
            due = counts != seen or begun >= last + SLOWER
            if ended or (due and begun >= rest):
                write(runs, found)
                seen, last = counts, time.monotonic()
                rest = max(begun + EVERY, last + SHARE * (last - begun))
            if ended:
                return found
        time.sleep(POLL)


def _write(
    runs: PastRuns, run: PastRun, store: Store, style: Style, out: Path, refresh: int
) -> None:
    """Write it, unless the run has ended meanwhile: `w2sdl run` may have written its last report."""
    text = style.render(report_of(runs, run, store, refresh))
    if run.status != "running" or not refresh or runs.find(run.run).status == "running":
        write_text(out, text)
