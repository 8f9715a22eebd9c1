"""What becomes of a node whose parents are done: its result is reused, or it is to be computed."""

from __future__ import annotations

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.driver.healing import Healing
from w2sdl_runtime.driver.ledger import Ledger
from w2sdl_runtime.driver.options import Options
from w2sdl_runtime.driver.requesting import Requests, Task
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.keying import close_key
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.apart import RowsApart, Unreadable
from w2sdl_runtime.worker.failures import Cause
from w2sdl_runtime.worker.protocol import Failure, corrupt_failure


class Decisions:
    """Closes keys, looks for results under them, and tells ledger and frontier what it finds."""

    def __init__(
        self,
        graph: Graph,
        store: Store,
        options: Options,
        sources: Sources,
        *,
        frontier: Frontier,
        healing: Healing,
        requests: Requests,
        ledger: Ledger,
    ) -> None:
        self._store, self._options, self._sources = store, options, sources
        self._frontier, self._healing = frontier, healing
        self._requests, self._ledger = requests, ledger
        self._apart = RowsApart(graph, store)
        self.left_out: set[str] = (
            set()
        )  #: nodes that the options leave out, and that are not stored

    def decide(self, node: Node) -> Task | None:
        """Close the key of a node whose parents are done; a task where it has to be computed."""
        try:
            closed = close_key(node, self._frontier.digests, self._sources)
        except PrerequisiteError as error:
            self.lacks(node, error)
            return None
        heals = node.id in self._healing.distrusted
        forced = self._options.asks_for(node) and not self._requests.was_tried(node)
        task = Task(node, closed, replace=heals or forced)
        kill_point("driver.decided")
        if self.is_settled(task):
            return None
        if self._options.leaves_out(node) and not heals:
            self.left_out.add(node.id)
            return None
        return task

    def lacks(self, node: Node, error: PrerequisiteError) -> None:
        """Let a node fail for something that is missing here."""
        cause, code = Cause.PREREQUISITE, error.code
        failure = Failure("PrerequisiteError", error.message, error.help, cause=cause, code=code)
        self._ledger.failed(node, 0, failure)

    def is_settled(self, task: Task) -> bool:
        """Whether nothing is left to do: it is stored, or the store can't be asked."""
        try:
            manifest = self._stored(task)
        except PrerequisiteError as error:  # what runs goes on
            self.lacks(task.node, error)
            return True
        if manifest is None:
            return False
        self._ledger.reused(task.node, manifest)
        self.done(task.node, manifest)
        return True

    def _stored(self, task: Task) -> Manifest | None:
        """A result that may be reused.

        The bytes of a measure are looked at here: no node reads them, so nobody would have them mended.
        """
        if task.replace and not self._healing.is_mended(task.node):
            return None
        node, found = task.node, self._store.lookup(task.closed.key)
        is_trusted = node.kind is not Kind.METRIC or self._options.leaves_out(node)
        if found is None or is_trusted or self._store.is_sound(found.digest):
            return found
        self._store.set_aside(found.digest)
        return None

    def done(self, node: Node, manifest: Manifest) -> None:
        """A node has its result; data that may not be used together fail here."""
        self._healing.done(node)
        known = {**self._frontier.digests, node.id: manifest.digest} if self._apart else {}
        try:
            failure = self._apart.check(node, known)
        except Unreadable as found:
            failure = corrupt_failure(found.error)
            if self._healing.heal(node, found.error.digest, {found.maker}):
                self._ledger.retried(node, 0, failure, 0.0)
                return
        if failure is not None:
            self._ledger.failed(node, 0, failure)
            return
        self._frontier.done(node.id, manifest.digest)
