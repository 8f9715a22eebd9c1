"""The run folder: what was asked for, what became of every node, and where its logs lie.

While a run goes on, the journal has the state of its nodes; at its end it is a file of the folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

import w2sdl
from w2sdl.graph import Graph, Node, graph_to_json
from w2sdl.location import shown_location
from w2sdl_runtime import provenance
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import write_json, writing_to
from w2sdl_runtime.masking import Masker
from w2sdl_runtime.runs.node_states import NodeStates
from w2sdl_runtime.runs.run_names import memorable_name
from w2sdl_runtime.storage.claims import Registered
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.reconcile import reconcile
from w2sdl_runtime.storage.store import Store

Status = Literal["running", "done", "failed", "interrupted", "incomplete"]
Action = Literal["executed", "reused", "failed", "skipped"]
State = Literal["queued", "running", "waiting"]  #: of a node that nothing has become of yet


class NodeEntry(BaseModel):
    """What became of one node in one run."""

    model_config = ConfigDict(extra="forbid")

    address: str
    action: Action
    key: str = ""
    digest: str = ""
    seconds: float = 0.0  #: for a reused node, what computing it took
    attempts: int = 0
    log: str = ""  #: path relative to the run folder
    because: str = ""  #: why it was skipped
    error: dict[str, Any] | None = None  #: type, message, help and code of a failure
    warnings: list[str] = []  #: what the operation wants its users to know


class RunInfo(BaseModel):
    """``run.json``."""

    model_config = ConfigDict(extra="ignore")  # records of earlier versions have more

    run: str  #: unique id: date, time and name
    name: str  #: a word pair
    experiment: str
    description: str
    spec_path: str
    spec_text: str
    resolved_text: str
    profiles: list[str]
    overrides: list[str]
    command: str
    again: dict[str, Any] = {}  #: "folder" and "arguments" of the command line that goes on with it
    started: datetime
    ended: datetime | None = None
    status: Status = "running"
    error: dict[str, str] = {}  #: "message" and "help" of what kept it from going on
    counts: dict[str, int] = {}
    seconds: float = 0.0
    budget: str = ""  #: what it might spend before nothing more was begun; "" for anything
    spent: dict[str, float] = {}  #: by all tries: "tries", "cpu_seconds", "gpu_seconds"
    packages: dict[str, str]
    python: str
    host: str
    pid: int
    process: float | None = None  #: when the process started, in seconds after its host did
    cpus: int
    git: dict[str, Any]
    store: str  #: its folder, or its URL
    cache: str = ""  #: for a store at a URL: the folder in front of it, which has this record
    version: str
    warnings: list[Any] = []
    claims: dict[str, Registered] = {}  #: by expectation: when it was first seen


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the user asked for: the spec as written and as resolved, and how it was changed."""

    spec_path: str = ""
    spec_text: str = ""
    resolved_text: str = ""
    profiles: Sequence[str] = ()
    overrides: Sequence[str] = ()
    command: str = ""
    again: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[Any] = ()


class RunRecord:
    """A run being written."""

    def __init__(self, folder: Path, info: RunInfo, graph: Graph, journal: Journal) -> None:
        self.folder = folder
        self.info = info
        self.nodes: dict[str, NodeEntry] = {}
        self._graph = graph
        self._journal = journal
        self._states = NodeStates(journal)
        self._start = time.perf_counter()

    @classmethod
    def create(cls, store: Store, graph: Graph, request: RunRequest) -> RunRecord:
        """Make the folder of a new run.

        Raises:
            PrerequisiteError: when the store can't be written.
        """
        store.prepare()
        run, name, folder = _new_folder(store.root / "runs")
        reconcile(store)
        info = _run_info(run, name, store, graph, request)
        record = cls(folder, info, graph, store.journal)
        with writing_to(store.root):
            content = Masker.of_environment().json(graph_to_json(graph))
            write_json(folder / "graph.json", content, durable=False)
        record._write()
        return record

    @property
    def run(self) -> str:
        return self.info.run

    def attempt_folder(self, node: Node, number: int) -> Path:
        """Where one try at a node writes its log and progress."""
        return self.folder / "nodes" / slug(node) / f"attempt-{number}"

    def set(self, node: str, entry: NodeEntry) -> None:
        """Say what became of a node."""
        self.nodes[node] = entry
        row = entry.model_dump(exclude={"action", "attempts", "error", "warnings"})
        row |= {"state": entry.action, "attempt": entry.attempts}
        row["error"] = _json(entry.error) if entry.error else ""
        row["warnings"] = _json(entry.warnings) if entry.warnings else ""
        self._note(node, row)

    def progress(self, node: str, state: State, **facts: Any) -> None:
        """Say how far a node is: ``attempt``, ``done``, ``total``, ``unit``, ``because``."""
        known = self._states.pending(node)
        self._note(node, {**known, "state": state, **facts})

    def _note(self, node: str, row: dict[str, Any]) -> None:
        graph = self._graph.nodes[node]
        fixed = {"run": self.run, "node": node, "address": graph.address, "name": graph.name}
        self._states.note(node, {**fixed, "op": graph.op, "since": time.time(), **row})

    def counts(self) -> dict[str, int]:
        """How many nodes were executed, reused, failed and skipped."""
        found = Counter(entry.action for entry in self.nodes.values())
        return {action: found[action] for action in ("executed", "reused", "failed", "skipped")}

    def limit(self, budget: str) -> None:
        """Say what the run may spend."""
        self.info.budget = budget
        self._write()

    def claims(self, seen: Mapping[str, Registered]) -> None:
        """Say when each expectation was first seen, relative to its results."""
        self.info.claims = dict(seen)
        self._write()

    def ended_by(self, error: Exception) -> None:
        """Keep why the run could not go on, for those who look at it later."""
        facts = {"message": f"{type(error).__name__}: {error}", "help": ""}
        if isinstance(error, BrokenPipeError):
            facts["message"] = "nobody read its output any more"
        if isinstance(error, PrerequisiteError):
            facts = {"message": error.message, "help": error.help}
        self.info.error = Masker.of_environment().json(facts)

    def finish(self, status: Status, spent: Mapping[str, float] | None = None) -> None:
        """Write the final state."""
        self.info.status = status
        self.info.spent = dict(spent or {})
        self.info.ended = datetime.now(UTC)
        self.info.seconds = time.perf_counter() - self._start
        self.info.counts = self.counts()
        self._states.close()
        with writing_to(self.folder):
            entries = {node: entry.model_dump(mode="json") for node, entry in self.nodes.items()}
            write_json(self.folder / "nodes.json", entries)
        self._write()

    def _write(self) -> None:
        with writing_to(self.folder):
            write_json(self.folder / "run.json", self.info.model_dump(mode="json"))
        with suppress(PrerequisiteError):  # only an index: the folder says the same
            self._journal.set_run(_run_row(self.info, len(self._graph.nodes)))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _run_row(info: RunInfo, nodes: int) -> dict[str, Any]:
    """A run as the journal lists it."""
    return {
        "run": info.run,
        "name": info.name,
        "experiment": info.experiment,
        "spec": str(Path(info.spec_path).absolute()),
        "status": info.status,
        "started": info.started.timestamp(),
        "ended": info.ended.timestamp() if info.ended else None,
        "host": info.host,
        "pid": info.pid,
        "process": info.process,
        "command": info.command,
        "nodes": nodes,
    }


def _run_info(run: str, name: str, store: Store, graph: Graph, request: RunRequest) -> RunInfo:
    spec = Path(request.spec_path).absolute()
    masker = Masker.of_environment()
    return RunInfo(
        run=run,
        name=name,
        experiment=graph.experiment,
        description=graph.description,
        spec_path=request.spec_path,
        spec_text=masker.text(request.spec_text),
        resolved_text=masker.text(request.resolved_text),
        profiles=list(request.profiles),
        overrides=masker.json(list(request.overrides)),
        command=masker.text(request.command or provenance.command_line()),
        again=dict(request.again),
        started=datetime.now(UTC),
        packages=provenance.package_versions(),
        python=provenance.python_version(),
        host=provenance.host_name(),
        pid=os.getpid(),
        process=provenance.process_started(os.getpid()),
        cpus=provenance.cpu_count(),
        git=provenance.git_state(spec if spec.is_dir() else spec.parent),
        store=shown_location(store.location),
        cache="" if store.location == str(store.root) else str(store.root),
        version=w2sdl.__version__,
        warnings=list(request.warnings),
    )


def _new_folder(runs: Path) -> tuple[str, str, Path]:
    """A run id that no run of this store has yet, and its folder."""
    with writing_to(runs.parent):
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            name = memorable_name(secrets.randbelow)
            run = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
            try:
                (runs / run).mkdir()
            except FileExistsError:
                continue
            return run, name, runs / run


def slug(node: Node) -> str:
    """A folder name for a node: its address in plain letters, made unique by its id."""
    plain = unicodedata.normalize("NFKD", node.address).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:48].strip("-")
    return f"{words}-{node.id[:12]}" if words else node.id[:12]
