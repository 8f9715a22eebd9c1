"""What must be true of a store after any trouble, once a run has ended undisturbed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from w2sdl.graph import Graph
from w2sdl.keys import store_key
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Action
from w2sdl_runtime import faults
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.runs.loaded_run import read_run, run_folders
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.store import Store


def check_store(root: Path) -> None:
    """Nothing half-written is to be seen, nobody holds anything, and all bytes are right."""
    store = Store(root)
    assert not list(store.tmp.iterdir())
    assert not list((root / "partial").glob("*"))
    hidden = [p for top in (store.objects, store.keys) for p in top.rglob(".*")]
    assert not hidden
    assert not [p.name for p in root.iterdir() if p.name.startswith(".")]
    unsound = [p.name for p in store.objects.iterdir() if not store.is_sound(p.name)]
    assert not unsound
    journal = Journal(root)
    try:
        assert not journal.rows("SELECT * FROM leases")
        assert not journal.rows("SELECT * FROM owners")
        assert journal.check()
        stored = {m.key: m.digest for m in store.manifests()}
        assert {row["key"]: row["digest"] for row in journal.results()} == stored
    finally:
        journal.close()


def check_keys(root: Path, torn: bool) -> None:
    """Every result says what it was made from; where a test has torn that of one, all but one."""
    store = Store(root)
    wrong = [m.key for m in store.manifests() if store_key(store.preimage(m.key) or {}) != m.key]
    assert len(wrong) <= int(torn)


def check_plan(graph: Graph, folder: Path) -> None:
    """Nothing is left to be done."""
    plan = plan_graph(graph, store_index(Store(folder / "store"), folder, {}))
    assert {entry.action for entry in plan.entries.values()} == {Action.REUSE}


def check_runs(root: Path) -> None:
    """No run seems to go on, and the last is done."""
    runs = [read_run(folder) for folder in run_folders(Store(root))]
    assert {run.status for run in runs} <= {"done", "failed", "interrupted"}
    assert max(runs, key=lambda run: run.info.started).status == "done"


def executions(folder: Path, nodes: Mapping[str, Any], what: str = "ran") -> dict[str, int]:
    """How often each of these nodes ran (or made a step), by id."""
    found = {}
    for id_, node in nodes.items():
        path = folder / f"{what}-{node.params['tag']}"
        found[id_] = len(path.read_text().splitlines()) if path.exists() else 0
    return found


def check_no_process(sessions: list[int], plan: Path) -> None:
    """Every driver (by its session) and worker (it knows the plan) has ended, soon at the latest."""
    end = time.monotonic() + 30
    while alive := [p for p in psutil.process_iter() if _belongs(p, sessions, plan)]:
        assert time.monotonic() < end, alive
        time.sleep(0.05)


def _belongs(process: psutil.Process, sessions: list[int], plan: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        known = process.environ().get(faults.VARIABLE, "")
        return os.getsid(process.pid) in sessions or known == f"@{plan}"
    except (psutil.Error, OSError):
        return False
