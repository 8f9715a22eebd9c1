"""Lives of a driver: each a process of its own, forked from one that has imported everything."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from tests.faults.fault_graphs import MODULES, random_graph
from tests.forks import FORKS
from w2sdl_runtime import faults
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.backends.pool_backend import PoolBackend
from w2sdl_runtime.cache.collecting import collect
from w2sdl_runtime.cache.garbage import Keep
from w2sdl_runtime.driver.execute import Options, run_graph
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest
from w2sdl_runtime.storage import leases
from w2sdl_runtime.storage.store import Store

REPOSITORY = Path(__file__).parents[2]
_LIMIT = 120.0  #: seconds that one life may take


@dataclass(frozen=True, slots=True)
class Request:
    """What a driver is to do, and what is to happen to it."""

    folder: Path  #: of the spec; the store lies in it
    graph: int  #: seed of the graph
    executor: str = "local"  #: local, pool, or the address of a Ray cluster
    plan: Path | None = None  #: of kills
    times: int = 1  #: runs, one after the other
    collects: bool = False  #: removes all results instead of running
    silence: float = 0.0  #: seconds after which a silent driver of this host counts as dead
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.folder / "store"


class Life:
    """A driver that was started."""

    def __init__(self, request: Request, name: str = "life", logs: Path | None = None) -> None:
        self.request = request
        self.log = (logs or request.folder) / f"{name}.log"
        self._out = (logs or request.folder) / f"{name}.json"
        self._out.unlink(missing_ok=True)
        self._process: BaseProcess = FORKS.Process(
            target=_live, args=(request, self.log, self._out)
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def wait(self) -> int:
        """The exit code once it has ended; minus the signal that killed it."""
        self._process.join(_LIMIT)
        if self._process.exitcode is None:
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError(f"a driver hangs: {self.said()}")
        return self._process.exitcode

    @property
    def is_alive(self) -> bool:
        return self._process.exitcode is None

    def wait_until_stopped(self) -> bool:
        """Whether it was paused before it ended."""
        end = time.monotonic() + _LIMIT
        while self._process.exitcode is None and time.monotonic() < end:
            try:
                if psutil.Process(self.pid).status() == psutil.STATUS_STOPPED:
                    return True
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.01)
        return False

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def results(self) -> list[dict[str, Any]]:
        """How each of its runs ended: run, status, counts, and key, digest and action by node."""
        found: list[dict[str, Any]] = json.loads(self._out.read_text())
        return found

    def said(self) -> str:
        """Everything it printed, for those who look for a fault."""
        return self.log.read_text() if self.log.exists() else ""


def _live(request: Request, log: Path, out: Path) -> None:
    """In the new process: run, and say how it ended."""
    os.setsid()
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    paths = [str(REPOSITORY), str(REPOSITORY / "runtime"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.environ.pop(faults.VARIABLE, None)
    os.environ.update(request.environment)
    if request.plan is not None:
        os.environ[faults.VARIABLE] = f"@{request.plan}"
    if request.silence:
        leases.SILENCE_HERE, leases.BEAT = request.silence, request.silence / 10
    os.chdir(request.folder)
    if request.collects:
        collect(Store(request.store), Keep(runs=0, grace=0.0))
        return
    try:
        ends = [_run(request) for _ in range(request.times)]
    except PrerequisiteError as error:
        print("error:", error.message, "|", error.help, flush=True)
        sys.exit(1)
    out.write_text(json.dumps(ends))
    last = ends[-1]
    sys.exit(128 + last["signal"] if last["signal"] else int(last["status"] != "done"))


def _run(request: Request) -> dict[str, Any]:
    graph = random_graph(request.graph).graph()
    store = Store(request.store)
    record = RunRecord.create(store, graph, RunRequest(spec_path=str(request.folder / "f.w2s")))
    options = Options(base=request.folder, modules=MODULES, commit_every=0.0)
    result = run_graph(graph, store, _backend(request.executor), record, options)
    for node, failure in result.failures:
        print(node.address, failure.message, failure.help, flush=True)
    return {
        "run": result.run,
        "status": result.status,
        "signal": result.signal,
        "counts": dict(result.counts),
        "nodes": {
            id_: {"key": entry.key, "digest": entry.digest, "action": entry.action}
            for id_, entry in result.nodes.items()
        },
    }


def _backend(name: str) -> Callable[[], Backend]:
    if name == "local":
        return LocalBackend
    if name == "pool":
        return lambda: PoolBackend(2, [REPOSITORY])

    def cluster() -> Backend:
        from w2sdl_runtime.backends.ray_backend import RayBackend

        return RayBackend(name, modules=MODULES)

    return cluster
