"""The driver loop: closes keys as parents finish, reuses, leases, submits, tries again, and tells."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime.backends.backend import Backend, Handle
from w2sdl_runtime.confinement import Confinement
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.driver.healing import Healing
from w2sdl_runtime.driver.interrupts import Interrupts
from w2sdl_runtime.driver.ledger import Ledger
from w2sdl_runtime.driver.preflight import check_requests
from w2sdl_runtime.driver.requesting import Requests, Surroundings, Task
from w2sdl_runtime.driver.retrying import decide
from w2sdl_runtime.driver.sharing import Infeasible
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.runs.run_record import NodeEntry, RunRecord, Status
from w2sdl_runtime.runs.timings import Timings
from w2sdl_runtime.sources import HashCache, Sources
from w2sdl_runtime.storage.keying import close_key
from w2sdl_runtime.storage.leases import Holder, Leases
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.apart import RowsApart
from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.failures import Cause
from w2sdl_runtime.worker.protocol import Failure, Outcome

BackendFactory = Callable[[], Backend]
_WAIT = 0.5  #: seconds between two looks at what runs, and at what other runs compute
_TWIN = 0.05  #: seconds between two looks at what another node of this run computes
_HEALS = 3  #: how often one node may find its inputs corrupt


@dataclass(frozen=True, slots=True)
class Options:
    """How to run; nothing in here changes a result."""

    base: Path  #: the folder of the spec
    modules: tuple[str, ...] = ()  #: with the user's operations
    lock: Mapping[str, str] = field(default_factory=dict)  #: hub repository -> commit
    device: str = "auto"  #: "auto" (a GPU where there is one), "cpu" or "cuda"
    keep_going: bool = False  #: a failure stops only what depends on it
    force: frozenset[str] = frozenset()  #: ids of nodes to compute although they are stored
    fresh: bool = False  #: compute all nodes
    only: frozenset[str] | None = None  #: ids of the nodes to compute; None for all
    commit_every: float = 60.0  #: seconds between two commits inside a long node
    confinement: Confinement | None = None  #: which files the spec may name; None for any


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. ``failures`` are in the order they happened."""

    run: str
    folder: Path
    status: Status
    counts: Mapping[str, int]
    nodes: Mapping[str, NodeEntry]
    failures: Sequence[tuple[Node, Failure]]
    seconds: float
    signal: int = 0  #: the signal that ended it, if one did


def run_graph(
    graph: Graph,
    store: Store,
    backend: BackendFactory,
    record: RunRecord,
    options: Options,
    sinks: Sequence[events.Sink] = (),
) -> RunResult:
    """Compute all nodes of a graph that the store does not hold yet.

    Args:
        graph: what to compute.
        store: where results are and will be.
        backend: makes the backend; not called when there is nothing to compute.
        record: the run being written.
        options: how to run.
        sinks: who else wants the events, such as a console.

    Raises:
        PrerequisiteError: when the backend can't run the graph, or the store can't be written.
    """
    driver = _Driver(graph, store, backend, record, options, sinks)
    return driver.run()


class _Driver:
    def __init__(
        self,
        graph: Graph,
        store: Store,
        factory: BackendFactory,
        record: RunRecord,
        options: Options,
        sinks: Sequence[events.Sink],
    ) -> None:
        self._graph, self._store, self._record, self._options = graph, store, record, options
        self._factory = factory
        self._backend: Backend | None = None
        self._timings = Timings(store.root / "timings.json")
        self._frontier = Frontier(graph, self._timings.estimate)
        self._hashes = HashCache(store.root / "hashes.json")
        confined = options.confinement
        self._sources = Sources(options.base, options.lock, self._hashes, confinement=confined)
        self._log = events.EventLog(record.folder / "events.jsonl", sinks)
        self._ledger = Ledger(record, self._log, self._timings)
        self._interrupts = Interrupts()
        self._leases = Leases(store.journal, record.run)
        self._apart = RowsApart(graph, store)
        self._healing = Healing(graph, store, self._frontier)
        around = Surroundings(options.base, options.modules, options.device, options.commit_every)
        self._requests = Requests(store, record, self._frontier, around)
        self._order = itertools.count()
        self._runnable: list[tuple[float, int, Task]] = []
        self._later: list[tuple[float, int, Task]] = []  #: runnable again at a time (monotonic)
        self._running: dict[Handle, Task] = {}
        self._tries: dict[str, Counter[Cause]] = {}  #: failed ones by node
        self._heals: Counter[str] = Counter()
        self._left_out: set[str] = set()

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> RunResult:
        info = self._record.info
        start = time.perf_counter()
        status: Status = "failed"
        with self._interrupts:
            try:
                self._log.emit(events.RunStarted(info.run, info.experiment, len(self._graph.nodes)))
                with self._leases:
                    try:
                        self._loop()
                    finally:
                        self._cancel()  # before the leases go: nobody else begins what still runs
                self._interrupts.hold()
                status = "failed" if self._ledger.failures else "done"
            except KeyboardInterrupt:
                status = "interrupted"
            except Exception as error:
                self._record.ended_by(error)
                raise
            finally:
                self._end(status)
        return RunResult(
            run=info.run,
            folder=self._record.folder,
            status=status,
            counts=self._record.counts(),
            nodes=self._record.nodes,
            failures=self._ledger.failures,
            seconds=time.perf_counter() - start,
            signal=self._interrupts.number,
        )

    def _loop(self) -> None:
        while True:
            self._decide_ready()
            self._submit_runnable()
            if self._running and self._backend is not None:
                for handle, outcome in self._backend.wait(_WAIT):
                    kill_point("driver.ended")
                    self._ended(self._running.pop(handle), outcome)
            elif self._later and not self._stopping:
                time.sleep(min(_WAIT, max(0.0, self._later[0][0] - time.monotonic())))
            else:
                return

    @property
    def _stopping(self) -> bool:
        return bool(self._ledger.failures) and not self._options.keep_going

    def _end(self, status: Status) -> None:
        """Write everything down, whatever happened, and give the backend back."""
        with ExitStack() as last:
            if self._backend is not None:
                last.callback(self._backend.close)
            last.callback(self._timings.save)
            last.callback(self._hashes.save)
            last.callback(self._log.close)
            self._cancel()
            try:
                self._skip_rest(status)
            finally:
                self._record.finish(status)
            info = self._record.info
            self._log.emit(events.RunFinished(info.run, status, info.counts, info.seconds))

    def _cancel(self) -> None:
        if self._running and self._backend is not None:
            self._backend.cancel_all()
            self._running.clear()

    def _skip_rest(self, status: Status) -> None:
        decided = self._record.nodes.keys() - self._healing.distrusted
        reasons = dict.fromkeys(self._left_out, "it was not selected")
        for node, _ in self._ledger.failures:
            for id_ in self._frontier.descendants(node.id):
                reasons.setdefault(id_, f"needs {node.address}, which failed")
        otherwise = "the run was interrupted"
        if status == "failed" and self._ledger.failures:
            otherwise = f"the run stopped after {self._ledger.failures[0][0].address} failed"
        elif status == "failed":
            otherwise = "the run could not go on"  # it is told why by what was raised
        elif status == "done":
            otherwise = "needs what was not selected"
        rest = [node for node in self._graph.order() if node.id not in decided]
        self._ledger.skipped(rest, reasons, otherwise)

    # -- deciding ----------------------------------------------------------------------------------

    def _decide_ready(self) -> None:
        while not self._stopping:
            node = self._frontier.pop()
            if node is None:
                return
            self._decide(node)

    def _decide(self, node: Node) -> None:
        """Close the key of a node whose parents are done; reuse its result, or have it computed."""
        try:
            closed = close_key(node, self._frontier.digests, self._sources)
        except PrerequisiteError as error:
            self._lacks(node, error)
            return
        task = Task(node, closed, replace=self._is_forced(node))
        kill_point("driver.decided")
        if not self._reused(task):
            if self._options.only is not None and node.id not in self._options.only:
                self._left_out.add(node.id)
            elif node.inline:
                self._run_here(task)
            else:
                self._queue(task)

    def _is_forced(self, node: Node) -> bool:
        asked = self._options.fresh or node.id in self._options.force
        return node.id in self._healing.distrusted or (asked and not self._requests.was_tried(node))

    def _lacks(self, node: Node, error: PrerequisiteError) -> None:
        cause, code = Cause.PREREQUISITE, error.code
        failure = Failure("PrerequisiteError", error.message, error.help, cause=cause, code=code)
        self._ledger.failed(node, 0, failure)

    def _reused(self, task: Task) -> bool:
        """Whether nothing is left to do: it is stored, or the store can't be asked."""
        try:
            manifest = None if task.replace else self._store.lookup(task.closed.key)
        except PrerequisiteError as error:  # what runs goes on
            self._lacks(task.node, error)
            return True
        if manifest is None:
            return False
        self._ledger.reused(task.node, manifest)
        self._done(task.node, manifest)
        return True

    def _run_here(self, task: Task) -> None:
        """What only rearranges references is done in the driver: that is as quick as asking."""
        attempt = self._requests.make(task, None)
        listener = self._ledger.queued(task.node, task.attempt)
        self._ended(task, Outcome.from_json(run_attempt(attempt.to_json(), listener)))

    def _queue(self, task: Task) -> None:
        # What is wrong with data is found before anything is trained on it.
        first = task.node.kind is Kind.DATA
        priority = -inf if first else -self._frontier.priority[task.node.id]
        heapq.heappush(self._runnable, (priority, next(self._order), task))

    def _postpone(self, task: Task, seconds: float) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), task))

    # -- running -----------------------------------------------------------------------------------

    def _submit_runnable(self) -> None:
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._queue(heapq.heappop(self._later)[2])
        while self._runnable and not self._stopping:
            backend = self._ready_backend()
            if len(self._running) >= backend.window:
                return
            task = heapq.heappop(self._runnable)[2]
            if self._leased(task):
                self._submit(task, backend)
            else:
                self._decide_ready()  # it may have been reused, and others be ready by that

    def _leased(self, task: Task) -> bool:
        """Take the lease of a key; where another run has it, wait for what that one computes."""
        if self._reused(task):  # meanwhile, by another run
            return False
        if any(task.closed.key == other.closed.key for other in self._running.values()):
            self._postpone(task, _TWIN)  # another node with equal inputs: one result for both
            return False
        found = self._leases.take(task.closed.key, task.node.address)
        if isinstance(found, Holder):
            self._ledger.waiting(task.node, str(found))
            self._postpone(task, _WAIT)
            return False
        task.lease = found
        if self._reused(task):  # by a run that gave the lease back just before
            self._leases.give_back([task.closed.key])
            return False
        return True

    def _submit(self, task: Task, backend: Backend) -> None:
        try:
            attempt = self._requests.make(task, backend)
        except Infeasible as problem:  # there was room when the run began
            self._leases.give_back([task.closed.key])
            message = f"{task.node.address} asks for {problem.asked}: {problem.there}"
            help = "a machine was lost meanwhile: give the same command when it is back"
            self._lacks(task.node, PrerequisiteError(message, help))
            return
        listener = self._ledger.queued(task.node, task.attempt)
        self._running[backend.submit(attempt, listener)] = task
        kill_point("driver.submitted")

    def _ready_backend(self) -> Backend:
        """The backend, made and checked when the first node needs it."""
        if self._backend is None:
            self._backend = self._factory()
            self._interrupts.arm()  # a backend's libraries may have put handlers of their own
            done = self._frontier.digests
            todo = [n for n in self._graph.order() if n.id not in done and not n.inline]
            check_requests(todo, self._backend, self._options.device)
            if any(self._requests.is_model_for_cpu(node, self._backend) for node in todo):
                self._backend.prepare()
        return self._backend

    def _done(self, node: Node, manifest: Manifest) -> None:
        """A node has its result; data that may not be used together fail here."""
        known = {**self._frontier.digests, node.id: manifest.digest} if self._apart else {}
        failure = self._apart.check(node, known)
        if failure is not None:
            self._ledger.failed(node, 0, failure)
            return
        self._frontier.done(node.id, manifest.digest)

    # -- ends --------------------------------------------------------------------------------------

    def _ended(self, task: Task, outcome: Outcome) -> None:
        node, failure = task.node, outcome.failure
        if failure is None:
            manifest = Manifest.model_validate(outcome.manifest)
            self._healing.distrusted.discard(node.id)
            self._ledger.executed(node, manifest, task.attempt)
            kill_point("driver.recorded")
            self._done(node, manifest)
            return
        if task.lease is not None and failure.cause is not Cause.SUPERSEDED:
            self._leases.give_back([task.closed.key])
        if not self._is_tried_again(task, failure):
            self._ledger.failed(node, task.attempt, failure)

    def _is_tried_again(self, task: Task, failure: Failure) -> bool:
        """Whether a failed try was not the last one; then the next is on its way."""
        node = task.node
        if failure.corrupt and node.inputs and self._heals[node.id] < _HEALS:
            self._heals[node.id] += 1
            self._ledger.retried(node, task.attempt, failure, 0.0)
            self._healing.heal(node, failure.corrupt)
            return True
        if failure.cause is Cause.SUPERSEDED:
            after = 0.0
        else:
            tries = self._tries.setdefault(node.id, Counter())
            tries[failure.cause] += 1
            again = decide(node, task.closed.params, failure.cause, tries)
            if again is None or not self._requests.fits(node, again.needs, self._backend):
                return False
            task.again, after = again, again.after_seconds
        self._ledger.retried(node, task.attempt, failure, after)
        self._postpone(task, after)
        return True
