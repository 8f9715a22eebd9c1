"""Runs of a store as the journal and the run folders tell of them; loads next to nothing.

For commands that must answer at once. Whoever needs graphs and results reads `loaded_run`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.provenance import host_name, process_is_alive
from w2sdl_runtime.storage.journal import Journal, reading_journal

SILENT = 30.0  #: seconds after which the driver on another host counts as gone
#: What a node's state was when its run was killed; those to do are counted from what is left.
_AT_ITS_END = {"running": "cut off", "queued": "to do", "waiting": "to do"}
SETTLED = ("executed", "reused", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run, whether it goes on or not. Times are seconds since 1970."""

    run: str
    name: str
    experiment: str
    spec: str
    status: str  #: "running" | "done" | "failed" | "incomplete" | "interrupted", as one killed is
    started: float
    ended: float | None
    host: str
    pid: int
    process: float | None
    command: str
    nodes: int
    folder: Path
    killed: bool = False  #: it never said that it ended, and its process is gone


@dataclass(slots=True)
class PastRuns:
    """All runs of a store. Use it as a context, or call `close`."""

    root: Path
    _journal: Journal | None = field(init=False)

    def __post_init__(self) -> None:
        self._journal = reading_journal(self.root)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> PastRuns:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def every(self) -> list[PastRun]:
        """All runs that have a folder, oldest first, also those that the journal does not know."""
        rows = self._journal.runs() if self._journal is not None else []
        known = {row["run"]: dict(row) for row in rows}
        found = (
            self._from_row(known[name]) if name in known else self._read(name)
            for name in self._folders()
        )
        return sorted(filter(None, found), key=lambda run: (run.started, run.run))

    def find(self, name: str) -> PastRun:
        """A run by its id, its word pair, a unique beginning of its id, or "last".

        Raises:
            PrerequisiteError: when there is no such run, or more than one.
        """
        runs = self.every()
        if name == "last" and not runs:
            raise PrerequisiteError(
                f"{self.root} holds no run yet", "run a spec first: w2sdl run SPEC"
            )
        if name == "last":
            return runs[-1]
        exact = [run for run in runs if name == run.run]
        found = exact or [r for r in runs if r.run.startswith(name) or r.name == name]
        if len(found) != 1:
            raise not_one_run(self.root, name, [r.run for r in found], [r.run for r in runs])
        return found[0]

    def counts(self, run: PastRun) -> dict[str, int]:
        """How many nodes are in each state, "to do" those that nothing has become of yet.

        Where the process was killed nothing runs: nodes are "cut off" or still to do.
        """
        found = self._journal.state_counts(run.run) if self._journal is not None else {}
        if not found:
            for entry in _kept(run.folder).values():
                found[entry["action"]] = found.get(entry["action"], 0) + 1
        if run.killed:
            found = {_AT_ITS_END.get(state, state): n for state, n in found.items()}
        rest = run.nodes - sum(n for state, n in found.items() if state != "to do")
        return {**found, **({"to do": rest} if rest > 0 else {})}

    def nodes(self, run: PastRun, *states: str) -> list[dict[str, Any]]:
        """The nodes of a run in these states (all, without one), as the journal has them."""
        rows = [dict(row) for row in self._node_rows(run, states)]
        if rows or (self._journal is not None and self._journal.state_counts(run.run)):
            return rows
        rows = [_row_of(id_, entry) for id_, entry in _kept(run.folder).items()]
        return [row for row in rows if not states or row["state"] in states]

    def every_node(self, run: PastRun) -> list[dict[str, Any]]:
        """All nodes of a run's graph, those that it has not reached (or not noted) among them."""
        rows = {row["node"]: row for row in self.nodes(run)}
        with suppress(OSError, ValueError, KeyError):
            graph = json.loads((run.folder / "graph.json").read_text("utf-8"))
            for id_ in graph["order"]:
                unreached = {"node": id_, "address": graph["nodes"][id_]["address"], "log": ""}
                rows.setdefault(id_, {**unreached, "state": "to do", "because": ""})
        return list(rows.values())

    def _node_rows(self, run: PastRun, states: tuple[str, ...]) -> list[Any]:
        if self._journal is None:
            return []
        if not states:
            return self._journal.run_nodes(run.run)
        marks = ", ".join("?" * len(states))
        query = f"SELECT * FROM nodes WHERE run = ? AND state IN ({marks}) ORDER BY since, address"  # noqa: S608
        return self._journal.rows(query, run.run, *states)

    # -- reading -----------------------------------------------------------------------------------

    def _folders(self) -> list[str]:
        runs = self.root / "runs"
        return sorted(f.name for f in runs.iterdir()) if runs.is_dir() else []

    def _read(self, name: str) -> PastRun | None:
        """A run from its folder alone; None where that holds no whole record."""
        folder = self.root / "runs" / name
        with suppress(OSError, ValueError, KeyError):
            info = json.loads((folder / "run.json").read_text("utf-8"))
            row = {key: info.get(key) for key in ("run", "name", "experiment", "status", "host")}
            row |= {key: info.get(key) for key in ("pid", "process", "command")}
            row["spec"] = info["spec_path"]
            row["started"] = datetime.fromisoformat(info["started"]).timestamp()
            ended = info.get("ended")
            row["ended"] = datetime.fromisoformat(ended).timestamp() if ended else None
            row["nodes"] = sum(info.get("counts", {}).values())
            return self._from_row(row)
        return None

    def _from_row(self, row: dict[str, Any]) -> PastRun:
        killed = row["status"] == "running" and not self._goes_on(row)
        status = "interrupted" if killed else row["status"]
        folder = self.root / "runs" / row["run"]
        return PastRun(**{**row, "status": status}, folder=folder, killed=killed)

    def _goes_on(self, row: Mapping[str, Any]) -> bool:
        if row["host"] == host_name():
            return process_is_alive(row["pid"], row["process"])
        if self._journal is None:
            return False
        beats = self._journal.rows("SELECT max(beat) FROM owners WHERE run = ?", row["run"])
        return time.time() - (beats[0][0] or 0.0) < SILENT


def not_one_run(
    root: Path, name: str, found: Sequence[str], every: Sequence[str]
) -> PrerequisiteError:
    """What is said where a name stands for no run, or for several: ids of these, and of all."""
    if found:
        return PrerequisiteError(
            f"{root} holds {len(found)} runs called `{name}`", f"say which: {', '.join(found[-4:])}"
        )
    pairs = {run.split("-", 2)[-1]: run for run in every}
    begun = [run for pair, run in pairs.items() if name and pair.startswith(name)]
    near = begun or [pairs.get(one, one) for one in nearest_names(name, [*pairs, *every])]
    help = f"did you mean {near[0]}?" if near else "`w2sdl runs` lists them"
    return PrerequisiteError(f"{root} holds no run called `{name}`", help)


def damaged_record(folder: Path) -> PrerequisiteError:
    """What is said where the files of a run's folder are gone, torn or not ours."""
    return PrerequisiteError(
        f"the record of run {folder.name} can't be read: files in {folder} are gone or damaged",
        "what it computed is stored on its own: the spec run again finds it; delete that folder",
    )


def _kept(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """``nodes.json`` of a run that has ended; empty where there is none."""
    with suppress(OSError, ValueError):
        found: Mapping[str, Mapping[str, Any]] = json.loads((folder / "nodes.json").read_text())
        return found
    return {}


def _row_of(id_: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of ``nodes.json`` with the names of the journal."""
    row = {"node": id_, **entry, "state": entry["action"], "attempt": entry.get("attempts", 0)}
    row["error"] = json.dumps(entry["error"]) if entry.get("error") else ""
    row["warnings"] = json.dumps(entry["warnings"]) if entry.get("warnings") else ""
    return row


def attempt_folders(run: PastRun, node: str) -> Iterator[Path]:
    """The folders of all tries at a node, the first one first; ``node`` is its id."""
    for folder in sorted((run.folder / "nodes").glob(f"*{node[:12]}")):
        tries = [path for path in folder.glob("attempt-*") if path.name[8:].isdigit()]
        yield from sorted(tries, key=lambda path: int(path.name[8:]))
