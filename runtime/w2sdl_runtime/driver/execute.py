"""The driver loop: closes keys as parents finish, reuses, leases, submits, tries again, and tells."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from w2sdl.graph import Graph, Node
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.decisions import Decisions
from w2sdl_runtime.driver.expecting import compare, where_of
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.driver.healing import Healing
from w2sdl_runtime.driver.interrupts import Interrupts
from w2sdl_runtime.driver.ledger import Ledger
from w2sdl_runtime.driver.options import BackendFactory as BackendFactory
from w2sdl_runtime.driver.options import Options as Options
from w2sdl_runtime.driver.options import RunResult as RunResult
from w2sdl_runtime.driver.preflight import check_requests
from w2sdl_runtime.driver.queue import Queue
from w2sdl_runtime.driver.remaining import remaining_plan, why_each, why_skipped
from w2sdl_runtime.driver.requesting import Requests, Surroundings, Task
from w2sdl_runtime.driver.retrying import decide
from w2sdl_runtime.driver.sharing import Infeasible
from w2sdl_runtime.driver.spending import Spending
from w2sdl_runtime.driver.under_way import UnderWay
from w2sdl_runtime.endpoints.addresses import endpoints_of
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.runs.run_record import RunRecord, Status
from w2sdl_runtime.runs.timings import Timings
from w2sdl_runtime.sizing.nodes import Loads
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.claims import Registered, late_text, register
from w2sdl_runtime.storage.leases import Holder, Leases
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.failures import Cause
from w2sdl_runtime.worker.protocol import Failure, Outcome

_WAIT = 0.5  #: seconds between two looks at what runs, and at what other runs compute
_TWIN = 0.05  #: seconds between two looks at what another node of this run computes


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
        self._timings = Timings(store.root / "timings.json")
        self._frontier = Frontier(graph, self._timings.estimate)
        self._hashes = HashCache(store.root / "hashes.json")
        confined = options.confinement
        self._sources = Sources(options.base, options.lock, self._hashes, confinement=confined)
        self._log = events.EventLog(record.folder / "events.jsonl", sinks)
        self._ledger = Ledger(record, self._log, self._timings)
        self._interrupts = Interrupts()
        self._spending = Spending(options.budget)
        self._leases = Leases(store.journal, record.run)
        self._healing = Healing(graph, store, self._frontier)
        how = (options.modules, options.device, options.commit_every)
        around = Surroundings(options.base, *how, endpoints_of(graph.nodes.values()))
        self._requests = Requests(store, record, self._frontier, around)
        self._decisions = Decisions(
            graph,
            store,
            options,
            self._sources,
            frontier=self._frontier,
            healing=self._healing,
            requests=self._requests,
            ledger=self._ledger,
        )
        self._queue = Queue(self._frontier.priority)
        self._running = UnderWay(factory, self._prepare)
        self._tries: dict[str, Counter[Cause]] = {}  #: failed ones by node

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> RunResult:
        info = self._record.info
        start = time.perf_counter()
        status: Status = "failed"
        if self._options.budget is not None:
            self._record.limit(str(self._options.budget))
        with self._interrupts:
            try:
                self._log.emit(events.RunStarted(info.run, info.experiment, len(self._graph.nodes)))
                seen = register(
                    self._graph, self._store, self._sources, info.run, self._expected_late
                )
                self._record.claims(seen)
                with self._leases:
                    try:
                        self._loop()
                    finally:
                        self._running.cancel()  # before the leases go: nobody else begins what still runs
                self._interrupts.hold()
                status = self._status()
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

    def _status(self) -> Status:
        """How the run ended; what is left without any failure was left for the budget."""
        if self._ledger.failures:
            return "failed"
        return "incomplete" if self._queue else "done"

    def _loop(self) -> None:
        while True:
            self._interrupts.check()
            self._decide_ready()
            self._submit_runnable()
            if self._queue or self._running:
                self._spending.look(self._log.emit)
            if self._running:
                for task, outcome in self._running.ended(_WAIT):
                    self._ended(task, outcome)
            elif self._halted:
                if self._stopping or not self._queue.drop(self._decisions.is_settled):
                    return  # nothing that waits was stored meanwhile
            elif (pause := self._queue.pause()) is not None:
                time.sleep(min(_WAIT, pause))
            else:
                return

    @property
    def _stopping(self) -> bool:
        return bool(self._ledger.failures) and not self._options.keep_going

    @property
    def _halted(self) -> bool:
        """Whether no further try is to be begun; what is stored is still found."""
        return self._stopping or self._spending.is_reached()

    def _end(self, status: Status) -> None:
        """Write everything down, whatever happened, and give the backend back."""
        self._interrupts.hold()
        with ExitStack() as last:
            last.callback(self._running.close)
            last.callback(self._timings.save)
            last.callback(self._hashes.save)
            last.callback(self._log.close)
            self._running.cancel()
            try:
                self._skip_rest(status)
            finally:
                self._record.finish(status, self._spending.to_json())
            info = self._record.info
            ended = events.RunFinished(info.run, status, info.counts, info.seconds, info.spent)
            self._log.emit(ended)

    def _skip_rest(self, status: Status) -> None:
        failed = {node.id for node, _ in self._ledger.failures}
        decided = self._record.nodes.keys() - (set(self._healing.distrusted) - failed)
        broken = [node for node, _ in self._ledger.failures]
        stopped = broken[0].address if self._stopping else ""
        budget = self._options.budget if self._spending.is_reached() else None
        out = self._decisions.left_out
        if budget is not None:  # what nothing had to come to
            out = {node.id for node in self._graph.order() if self._options.leaves_out(node)}
        rest = [node for node in self._graph.order() if node.id not in decided]
        reasons = why_each(out, broken, self._frontier)
        self._ledger.skipped(rest, reasons, why_skipped(status, stopped, budget))

    # -- deciding ----------------------------------------------------------------------------------

    def _decide_ready(self) -> None:
        while not self._stopping:
            node = self._frontier.pop()
            if node is None:
                return
            task = self._decisions.decide(node)
            if task is not None and node.inline:
                self._run_here(task)
            elif task is not None:
                self._queue.add(task)

    def _run_here(self, task: Task) -> None:
        """What only rearranges references is done in the driver: that is as quick as asking."""
        attempt = self._requests.make(task, None)
        listener = self._spending.watching(attempt, self._ledger.queued(task.node, task.attempt))
        self._ended(task, Outcome.from_json(run_attempt(attempt.to_json(), listener)))

    # -- running -----------------------------------------------------------------------------------

    def _submit_runnable(self) -> None:
        self._queue.awake()
        while self._queue.has_runnable and not self._halted:
            if self._running.is_full():
                return
            task = self._queue.pop()
            if self._leased(task):
                self._submit(task)
            else:
                self._decide_ready()  # it may have been reused, and others be ready by that

    def _leased(self, task: Task) -> bool:
        """Take the lease of a key; where another run has it, wait for what that one computes."""
        if self._decisions.is_settled(task):  # meanwhile, by another run
            return False
        if self._running.computes(task.closed.key):
            self._queue.postpone(task, _TWIN)  # another node with equal inputs: one result for both
            return False
        found = self._leases.take(task.closed.key, task.node.address)
        if isinstance(found, Holder):
            self._ledger.waiting(task.node, str(found))
            self._queue.postpone(task, _WAIT)
            return False
        task.lease = found
        if self._decisions.is_settled(task):  # by a run that gave the lease back just before
            self._leases.give_back([task.closed.key])
            return False
        return True

    def _submit(self, task: Task) -> None:
        try:
            attempt = self._requests.make(task, self._running.backend)
        except Infeasible as problem:  # there was room when the run began
            self._leases.give_back([task.closed.key])
            message = f"{task.node.address} asks for {problem.asked}: {problem.there}"
            help = "a machine was lost meanwhile: give the same command when it is back"
            self._decisions.lacks(task.node, PrerequisiteError(message, help))
            return
        listener = self._spending.watching(attempt, self._ledger.queued(task.node, task.attempt))
        self._running.begin(task, attempt, listener)

    def _prepare(self, backend: Backend) -> None:
        """Before the first node is handed over: all that is to run fits somewhere, and what it costs."""
        self._interrupts.arm()  # a backend's libraries may have put handlers of their own
        todo = [node for node in self._graph.order() if self._may_run(node)]
        loads = Loads(self._graph, self._options.base, self._options.modules)
        check_requests(todo, backend, self._options.device, loads)
        if any(self._requests.is_model_for_cpu(node, backend) for node in todo):
            backend.prepare()
        self._compare_budget(backend)

    def _may_run(self, node: Node) -> bool:
        """Whether a worker may have to compute a node, as far as is known."""
        left = node.inline or self._options.leaves_out(node)
        return not left and node.id not in self._frontier.digests

    def _expected_late(self, late: Mapping[str, Registered]) -> None:
        """Say which expectations are written down now that results of theirs are there."""
        self._log.emit(events.ExpectedLate(tuple(late), late_text(late)))

    def _compare_budget(self, backend: Backend) -> None:
        """Say once, before anything is begun, what is expected beside what may be spent."""
        if self._options.budget is not None:
            facts = (self._store, self._options, self._record.info, self._sources)
            plan = remaining_plan(self._graph, *facts)
            where = where_of(backend, self._options.device)
            self._log.emit(compare(self._options.budget, plan, where))

    # -- ends --------------------------------------------------------------------------------------

    def _ended(self, task: Task, outcome: Outcome) -> None:
        node, failure = task.node, outcome.failure
        self._spending.ended(node.id, outcome.seconds)
        if failure is None:
            manifest = Manifest.model_validate(outcome.manifest)
            self._ledger.executed(node, manifest, task.attempt)
            kill_point("driver.recorded")
            self._decisions.done(node, manifest)
            return
        if task.lease is not None and failure.cause is not Cause.SUPERSEDED:
            self._leases.give_back([task.closed.key])
        if failure.cause is Cause.WITHDRAWN:
            self._ledger.withdrawn(node, task.attempt)
            self._queue.add(task)
        elif not self._is_tried_again(task, failure):
            self._ledger.failed(node, task.attempt, failure)

    def _is_tried_again(self, task: Task, failure: Failure) -> bool:
        """Whether a failed try was not the last one; then the next is on its way."""
        node = task.node
        if failure.corrupt and self._healing.heal(node, failure.corrupt):
            self._ledger.retried(node, task.attempt, failure, 0.0)
            return True
        if failure.cause is Cause.SUPERSEDED:
            after = 0.0
        else:
            tries = self._tries.setdefault(node.id, Counter())
            tries[failure.cause] += 1
            again = decide(node, task.closed.params, failure.cause, tries)
            if again is None or not self._requests.fits(node, again.needs, self._running.backend):
                return False
            task.again, after = again, again.after_seconds
        self._ledger.retried(node, task.attempt, failure, after)
        self._queue.postpone(task, after)
        return True
