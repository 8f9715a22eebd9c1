"""A run as found on disk: what was asked, what became of each node, and the graph."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from w2sdl.graph import Graph, graph_from_json
from w2sdl_runtime import provenance
from w2sdl_runtime.files import read_json
from w2sdl_runtime.runs.past import PastRuns, damaged_record
from w2sdl_runtime.runs.run_record import Action, NodeEntry, RunInfo, Status
from w2sdl_runtime.storage.journal import reading_journal
from w2sdl_runtime.storage.store import Store


@dataclass
class LoadedRun:
    """A run as found on disk."""

    folder: Path
    info: RunInfo
    nodes: dict[str, NodeEntry] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """As recorded; a run whose process was killed reads "interrupted"."""
        info = self.info
        here = info.host == provenance.host_name()
        if (
            info.status == "running"
            and here
            and not provenance.process_is_alive(info.pid, info.process)
        ):
            return "interrupted"
        return info.status

    def graph(self) -> Graph:
        """The graph that was run."""
        with _whole(self.folder):
            return graph_from_json(read_json(self.folder / "graph.json"))


def load_run(store: Store, run: str) -> LoadedRun:
    """A run by its id, its word pair, a unique beginning of its id, or "last".

    Raises:
        PrerequisiteError: when the store has no such run.
    """
    with PastRuns(store.root) as runs:
        return read_run(runs.find(run).folder)


def run_folders(store: Store) -> list[Path]:
    """Folders of all runs, oldest first."""
    runs = store.root / "runs"
    found = sorted(runs.iterdir()) if runs.is_dir() else []
    return [folder for folder in found if (folder / "run.json").exists()]


def read_run(folder: Path) -> LoadedRun:
    """The run in a folder.

    Raises:
        PrerequisiteError: when its files are damaged.
    """
    with _whole(folder):
        info = RunInfo.model_validate_json((folder / "run.json").read_bytes())
        return LoadedRun(folder, info, node_entries(folder))


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise damaged_record(folder) from error


def node_entries(folder: Path) -> dict[str, NodeEntry]:
    """What became of each node of a run; of one that goes on or was killed, as far as it came."""
    path = folder / "nodes.json"
    if path.exists():
        return {id_: NodeEntry(**entry) for id_, entry in read_json(path).items()}
    journal = reading_journal(folder.parents[1])
    rows = [] if journal is None else journal.run_nodes(folder.name)
    return {row["node"]: _entry(row) for row in rows if row["state"] in get_args(Action)}


def _entry(row: sqlite3.Row) -> NodeEntry:
    same = ("address", "key", "digest", "seconds", "log", "because")
    return NodeEntry(
        **{name: row[name] for name in same},
        action=row["state"],
        attempts=row["attempt"],
        error=json.loads(row["error"]) if row["error"] else None,
        warnings=json.loads(row["warnings"]) if row["warnings"] else [],
    )
