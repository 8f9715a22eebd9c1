"""The driver loop: closes keys as parents finish, reuses, submits, retries, and tells."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime import events
from w2sdl_runtime.apart import RowsApart
from w2sdl_runtime.attempt import run_attempt
from w2sdl_runtime.backend import Attempt, Backend, Failure, Handle, Outcome
from w2sdl_runtime.files import write_json, writing_to
from w2sdl_runtime.frontier import Frontier, Timings
from w2sdl_runtime.interrupts import Interrupts
from w2sdl_runtime.keying import ClosedKey, close_key
from w2sdl_runtime.ledger import Ledger
from w2sdl_runtime.manifest import Manifest
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.preflight import check_requests
from w2sdl_runtime.run_record import NodeEntry, RunRecord, Status
from w2sdl_runtime.sources import HashCache, Sources
from w2sdl_runtime.store import Store

BackendFactory = Callable[[], Backend]
_WAIT = 0.5  #: seconds between two looks at what runs
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
    lost_retries: int = 2  #: how often a node is tried again after its worker died


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


@dataclass(slots=True)
class _Running:
    """A node handed to the backend, or waiting to be."""

    node: Node
    closed: ClosedKey
    attempt: int = 0


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
        self._sources = Sources(options.base, options.lock, self._hashes)
        self._log = events.EventLog(record.folder / "events.jsonl", sinks)
        self._ledger = Ledger(record, self._log, self._timings)
        self._interrupts = Interrupts()
        self._apart = RowsApart(graph, store)
        self._order = itertools.count()
        self._runnable: list[tuple[float, int, _Running]] = []
        self._running: dict[Handle, _Running] = {}
        self._attempts: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._heals: Counter[str] = Counter()
        self._healing: dict[str, set[str]] = {}  #: digest -> nodes that are to make it again
        self._distrusted: set[str] = set()  #: nodes whose stored result is not to be reused

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> RunResult:
        info = self._record.info
        start = time.perf_counter()
        status: Status = "failed"
        self._log.emit(events.RunStarted(info.run, info.experiment, len(self._graph.nodes)))
        with self._interrupts:
            try:
                self._loop()
                status = "failed" if self._ledger.failures else "done"
            except KeyboardInterrupt:
                status = "interrupted"
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
            if not self._running or self._backend is None:
                return
            for handle, outcome in self._backend.wait(_WAIT):
                self._ended(self._running.pop(handle), outcome)

    @property
    def _stopping(self) -> bool:
        return bool(self._ledger.failures) and not self._options.keep_going

    def _end(self, status: Status) -> None:
        """Write everything down, whatever happened, and give the backend back."""
        try:
            if self._running and self._backend is not None:
                self._backend.cancel_all()
            self._skip_rest(status)
            self._record.finish(status)
            info = self._record.info
            self._log.emit(events.RunFinished(info.run, status, info.counts, info.seconds))
        finally:
            self._log.close()
            self._hashes.save()
            self._timings.save()
            if self._backend is not None:
                self._backend.close()

    def _skip_rest(self, status: Status) -> None:
        decided = self._record.nodes.keys() - self._distrusted
        reasons: dict[str, str] = {}
        for node, _ in self._ledger.failures:
            for id_ in self._frontier.descendants(node.id):
                reasons.setdefault(id_, f"needs {node.address}, which failed")
        otherwise = "the run was interrupted"
        if status == "failed" and self._ledger.failures:
            otherwise = f"the run stopped after {self._ledger.failures[0][0].address} failed"
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
            failure = Failure("PrerequisiteError", error.message, error.help, code=error.code)
            self._ledger.failed(node, 0, failure)
            return
        manifest = None if self._is_forced(node) else self._store.lookup(closed.key)
        if manifest is not None:
            self._ledger.reused(node, manifest)
            self._done(node, manifest)
        elif node.inline:
            running = _Running(node, closed)
            attempt = self._attempt(running, None)
            listener = self._ledger.queued(node, running.attempt)
            self._ended(running, Outcome.from_json(run_attempt(attempt.to_json(), listener)))
        else:
            self._queue(_Running(node, closed))

    def _is_forced(self, node: Node) -> bool:
        asked = self._options.fresh or node.id in self._options.force
        return node.id in self._distrusted or (asked and not self._attempts[node.id])

    def _queue(self, running: _Running) -> None:
        # What is wrong with data is found before anything is trained on it.
        first = running.node.kind is Kind.DATA
        priority = -inf if first else -self._frontier.priority[running.node.id]
        heapq.heappush(self._runnable, (priority, next(self._order), running))

    # -- running -----------------------------------------------------------------------------------

    def _submit_runnable(self) -> None:
        while self._runnable and not self._stopping:
            backend = self._ready_backend()
            if len(self._running) >= backend.window:
                return
            running = heapq.heappop(self._runnable)[2]
            attempt = self._attempt(running, backend)
            listener = self._ledger.queued(running.node, running.attempt)
            self._running[backend.submit(attempt, listener)] = running

    def _ready_backend(self) -> Backend:
        """The backend, made and checked when the first node needs it."""
        if self._backend is None:
            self._backend = self._factory()
            self._interrupts.arm()  # a backend's libraries may have put handlers of their own
            done = self._frontier.digests
            todo = [n for n in self._graph.order() if n.id not in done and not n.inline]
            check_requests(todo, self._backend, self._options.device)
            if any(self._is_model_for_cpu(node, self._backend) for node in todo):
                self._backend.prepare()
        return self._backend

    def _gets_gpu(self, node: Node, backend: Backend) -> bool:
        return node.wants_gpu and self._options.device != "cpu" and backend.largest().gpus >= 1

    def _is_model_for_cpu(self, node: Node, backend: Backend) -> bool:
        return node.kind in (Kind.MODEL, Kind.PREDICTOR) and not self._gets_gpu(node, backend)

    def _attempt(self, running: _Running, backend: Backend | None) -> Attempt:
        """The request for one try, which is also kept in the attempt's folder."""
        node, closed = running.node, running.closed
        self._attempts[node.id] += 1
        running.attempt = self._attempts[node.id]
        folder = self._record.attempt_folder(node, running.attempt)
        gpus = int(backend is not None and self._gets_gpu(node, backend))
        attempt = Attempt(
            node=node.id,
            address=node.address,
            op=node.op,
            op_version=node.version,
            kind=node.kind.value,
            key=closed.key,
            preimage=closed.preimage,
            params=closed.params,
            inputs=closed.inputs,
            number=running.attempt,
            folder=str(folder),
            store=str(self._store.root),
            base=str(self._options.base.absolute()),
            modules=self._options.modules,
            run=self._record.run,
            git=self._record.info.git,
            cpus=node.cpus,
            gpus=gpus,
            threads=node.cpus,
            device="cuda" if gpus else "cpu",
            corpora=self._corpora(node),
        )
        with writing_to(self._store.root):
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "cmd.json", attempt.to_json(), durable=False)
        return attempt

    def _corpora(self, node: Node) -> list[str]:
        """Digests of the corpora that what a measure measures was pretrained on."""
        if node.kind is not Kind.METRIC:
            return []
        behind = [self._graph.nodes[id_] for id_ in self._frontier.ancestors(node.id)]
        found = {self._frontier.digests[n.id] for n in behind if n.kind is Kind.CORPUS}
        return sorted(found)

    def _done(self, node: Node, manifest: Manifest) -> None:
        """A node has its result; data that may not be used together fail here."""
        known = {**self._frontier.digests, node.id: manifest.digest} if self._apart else {}
        failure = self._apart.check(node, known)
        if failure is not None:
            self._ledger.failed(node, 0, failure)
            return
        self._frontier.done(node.id, manifest.digest)

    # -- ends --------------------------------------------------------------------------------------

    def _ended(self, running: _Running, outcome: Outcome) -> None:
        node, failure = running.node, outcome.failure
        if failure is None:
            manifest = Manifest.model_validate(outcome.manifest)
            self._distrusted.discard(node.id)
            self._ledger.executed(node, manifest, running.attempt)
            self._done(node, manifest)
        elif failure.lost and self._lost[node.id] < self._options.lost_retries:
            self._lost[node.id] += 1
            self._ledger.lost(node, running.attempt, failure)
            self._queue(running)
        elif failure.corrupt and node.inputs and self._heals[node.id] < _HEALS:
            self._heals[node.id] += 1
            self._ledger.lost(node, running.attempt, failure)
            self._heal(node, failure.corrupt)
        else:
            self._ledger.failed(node, running.attempt, failure)

    def _heal(self, node: Node, digest: str) -> None:
        """Have a corrupt object made again by whom it came from, then try ``node`` once more.

        That is the first ancestor with this output. An object that is nobody's output is referred
        to by one: the parents are done anew, and theirs in turn, until one stores it again.
        """
        ancestors = self._frontier.ancestors(node.id)
        under_way = {
            id_
            for id_ in self._healing.get(digest, set()) & ancestors
            if id_ not in self._frontier.digests
        }
        if self._store.is_sound(digest):
            self._frontier.again((), node.id)  # made again meanwhile
        elif under_way:
            self._frontier.again(under_way, node.id)
        else:
            self._store.set_aside(digest)
            makers = [n.id for n in self._graph.order() if n.id in ancestors]
            first = [id_ for id_ in makers if self._frontier.digests.get(id_) == digest][:1]
            again = set(first or node.parents())
            self._healing[digest] = again
            self._distrusted |= again
            self._frontier.again(again, node.id)
