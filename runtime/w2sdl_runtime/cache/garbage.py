"""What no kept run needs: runs, results, objects, unfinished work, readings, damaged files."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from pathlib import Path

from w2sdl_runtime.cache.index import Results
from w2sdl_runtime.cache.verifying import size_of
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
class InProgress:
    """The runs in progress: what they may use."""

    owners: frozenset[str]
    runs: frozenset[str]
    leased: frozenset[str]
    since: float  #: when the first of them started; infinity where there is none


def find_garbage(store: Store, keep: Keep, live: InProgress | None = None) -> Garbage:
    """What a collection would remove; removes nothing. ``live``: as seen before, else as it is now."""
    live = live or runs_in_progress(store)
    limit = min(time.time() - keep.grace, live.since)
    runs = [read_run(folder) for folder in run_folders(store)]
    kept = _kept_runs(runs, keep, live)
    results = Results(store, store.journal)
    needed = _needed_keys(runs, kept, results, live) | set(store.waiting())
    spare = [
        key for key in sorted(names_in(store.keys) - needed) if is_old(store.keys / key, limit)
    ]
    stay = results.all.keys() - set(spare)
    used = reachable(store, {results.all[key]["digest"] for key in stay})
    loose = results.objects - used
    used |= reachable(store, {d for d in loose if not is_old(store.path(d), limit)})
    first = min((r.info.started.timestamp() for r in runs if r.info.run in kept), default=limit)
    partial, aside = store.root / "partial", store.root / "aside"
    readings = store.root / READINGS
    return Garbage(
        runs=sorted(run.info.run for run in runs if run.info.run not in kept),
        keys=spare,
        objects=sorted(results.objects - used),
        partials=sorted(
            key
            for key in names_in(partial) - live.leased
            if key in stay or is_old(partial / key, min(first, limit))
        ),
        # Nothing names a reading: one that no kept run can have used is no loss.
        readings=sorted(n for n in names_in(readings) if is_old(readings / n, min(first, limit))),
        aside=sorted(name for name in names_in(aside) if is_old(aside / name, limit)),
    )


def names_in(folder: Path) -> set[str]:
    """The names in a folder; none where there is no such folder."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def is_old(path: Path, limit: float) -> bool:
    """Whether nothing was done about a file or folder since ``limit``."""
    try:
        return path.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def _kept_runs(runs: Sequence[LoadedRun], keep: Keep, live: InProgress) -> set[str]:
    newest = sorted(runs, key=lambda run: run.info.started, reverse=True)
    found = newest if keep.runs is None else newest[: keep.runs]
    if keep.age is not None:
        cutoff = datetime.fromtimestamp(time.time() - keep.age, UTC)
        found = [run for run in found if run.info.started >= cutoff]
    going = {run.info.run for run in runs if run.status == "running"}
    return {run.info.run for run in found} | going | live.runs


def _needed_keys(
    runs: Sequence[LoadedRun], kept: Collection[str], results: Results, live: InProgress
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


def runs_in_progress(store: Store) -> InProgress:
    """What the runs that have a living driver may use; leases of dead ones are removed."""
    with store.journal.transaction() as db:
        remove_dead(db)
        owners = db.execute("SELECT owner, run FROM owners").fetchall()
        leased = db.execute("SELECT key FROM leases").fetchall()
        query = "SELECT started FROM runs WHERE run IN (SELECT run FROM owners)"
        since = [row["started"] for row in db.execute(query)]
    return InProgress(
        frozenset(row["owner"] for row in owners),
        frozenset(row["run"] for row in owners),
        frozenset(row["key"] for row in leased),
        min(since, default=time.time() if owners else inf),
    )


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
