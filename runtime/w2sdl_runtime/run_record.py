"""The run folder: what was asked for, what became of every node, and where its logs lie."""

from __future__ import annotations

import os
import re
import secrets
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

import w2sdl
from w2sdl.graph import Graph, Node, graph_from_json, graph_to_json
from w2sdl_runtime import provenance
from w2sdl_runtime.files import read_json, write_json, writing_to
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.run_names import memorable_name
from w2sdl_runtime.store import Store, process_is_alive

Status = Literal["running", "done", "failed", "interrupted"]
Action = Literal["executed", "reused", "failed", "skipped"]
_FLUSH_EVERY = 1.0  #: seconds between two writes of nodes.json


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
    started: datetime
    ended: datetime | None = None
    status: Status = "running"
    counts: dict[str, int] = {}
    seconds: float = 0.0
    packages: dict[str, str]
    python: str
    host: str
    pid: int
    cpus: int
    git: dict[str, Any]
    store: str
    version: str
    warnings: list[Any] = []


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the user asked for: the spec as written and as resolved, and how it was changed."""

    spec_path: str = ""
    spec_text: str = ""
    resolved_text: str = ""
    profiles: Sequence[str] = ()
    overrides: Sequence[str] = ()
    command: str = ""
    warnings: Sequence[Any] = ()


class RunRecord:
    """A run being written."""

    def __init__(self, folder: Path, info: RunInfo) -> None:
        self.folder = folder
        self.info = info
        self.nodes: dict[str, NodeEntry] = {}
        self._flushed = 0.0
        self._start = time.perf_counter()

    @classmethod
    def create(cls, store: Store, graph: Graph, request: RunRequest) -> RunRecord:
        """Make the folder of a new run.

        Raises:
            PrerequisiteError: when the store can't be written.
        """
        store.prepare()
        run, name, folder = _new_folder(store.root / "runs")
        record = cls(folder, _run_info(run, name, store, graph, request))
        with writing_to(store.root):
            write_json(folder / "graph.json", graph_to_json(graph), durable=False)
        record._write()
        return record

    @property
    def run(self) -> str:
        return self.info.run

    def attempt_folder(self, node: Node, number: int) -> Path:
        """Where one try at a node writes its log and progress."""
        return self.folder / "nodes" / slug(node) / f"attempt-{number}"

    def set(self, node: str, entry: NodeEntry) -> None:
        """Say what became of a node; written to disk at least once a second."""
        self.nodes[node] = entry
        if time.monotonic() - self._flushed >= _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Write ``nodes.json``."""
        with writing_to(self.folder):
            entries = {node: entry.model_dump(mode="json") for node, entry in self.nodes.items()}
            write_json(self.folder / "nodes.json", entries, durable=False)
        self._flushed = time.monotonic()

    def counts(self) -> dict[str, int]:
        """How many nodes were executed, reused, failed and skipped."""
        found = Counter(entry.action for entry in self.nodes.values())
        return {action: found[action] for action in ("executed", "reused", "failed", "skipped")}

    def finish(self, status: Status) -> None:
        """Write the final state."""
        self.info.status = status
        self.info.ended = datetime.now(UTC)
        self.info.seconds = time.perf_counter() - self._start
        self.info.counts = self.counts()
        self.flush()
        self._write()

    def _write(self) -> None:
        with writing_to(self.folder):
            write_json(self.folder / "run.json", self.info.model_dump(mode="json"))


def _run_info(run: str, name: str, store: Store, graph: Graph, request: RunRequest) -> RunInfo:
    spec = Path(request.spec_path).absolute()
    return RunInfo(
        run=run,
        name=name,
        experiment=graph.experiment,
        description=graph.description,
        spec_path=request.spec_path,
        spec_text=request.spec_text,
        resolved_text=request.resolved_text,
        profiles=list(request.profiles),
        overrides=list(request.overrides),
        command=request.command or provenance.command_line(),
        started=datetime.now(UTC),
        packages=provenance.package_versions(),
        python=provenance.python_version(),
        host=provenance.host_name(),
        pid=os.getpid(),
        cpus=provenance.cpu_count(),
        git=provenance.git_state(spec if spec.is_dir() else spec.parent),
        store=str(store.root),
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
        if info.status == "running" and here and not process_is_alive(info.pid):
            return "interrupted"
        return info.status

    def graph(self) -> Graph:
        """The graph that was run."""
        return graph_from_json(read_json(self.folder / "graph.json"))


def load_run(store: Store, run: str) -> LoadedRun:
    """A run by its id, its word pair, a unique beginning of its id, or "last".

    Raises:
        PrerequisiteError: when the store has no such run.
    """
    if run == "last":
        found = latest_run(store)
        if found is None:
            raise PrerequisiteError(
                f"{store.root} holds no run yet", "run a spec first: w2sdl run SPEC"
            )
        return found
    folders = run_folders(store)
    matches = [f for f in folders if f.name == run] or [
        f for f in folders if f.name.startswith(run) or f.name.endswith(f"-{run}")
    ]
    if len(matches) != 1:
        what = "no run" if not matches else f"{len(matches)} runs"
        raise PrerequisiteError(
            f"{store.root} holds {what} called {run}",
            f"runs are the folders of {store.root / 'runs'}",
        )
    return read_run(matches[0])


def latest_run(store: Store) -> LoadedRun | None:
    """The run that was started last."""
    folders = run_folders(store)
    second = folders[-1].name[:15] if folders else ""  # names sort by the second only
    newest = [read_run(folder) for folder in folders if folder.name.startswith(second)]
    return max(newest, key=lambda run: run.info.started, default=None)


def run_folders(store: Store) -> list[Path]:
    """Folders of all runs, oldest first."""
    runs = store.root / "runs"
    found = sorted(runs.iterdir()) if runs.is_dir() else []
    return [folder for folder in found if (folder / "run.json").exists()]


def read_run(folder: Path) -> LoadedRun:
    """The run in a folder."""
    info = RunInfo.model_validate_json((folder / "run.json").read_bytes())
    path = folder / "nodes.json"
    entries: Mapping[str, Any] = read_json(path) if path.exists() else {}
    return LoadedRun(folder, info, {id_: NodeEntry(**entry) for id_, entry in entries.items()})
