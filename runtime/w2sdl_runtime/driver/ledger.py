"""Says what became of each node, once: to the run record, to the event log and to the timings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from w2sdl.graph import Node
from w2sdl_runtime.driver import events
from w2sdl_runtime.runs.run_record import NodeEntry, RunRecord
from w2sdl_runtime.runs.timings import Timings
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.worker.protocol import Failure, Listener


class Ledger:
    """All bookkeeping of one run. ``failures`` are in the order they happened."""

    def __init__(self, record: RunRecord, log: events.EventLog, timings: Timings) -> None:
        self.failures: list[tuple[Node, Failure]] = []
        self._record = record
        self._log = log
        self._timings = timings
        self._waiting: set[str] = set()
        self._tried: dict[str, int] = {}  #: node id -> number of the last try

    def queued(self, node: Node, attempt: int) -> Listener:
        """A try was handed over; returns what its progress is to be reported to."""
        self._waiting.discard(node.id)
        self._tried[node.id] = attempt
        self._log.emit(events.NodeQueued(node.id, node.address, attempt))
        self._record.progress(node.id, "queued", attempt=attempt)
        started = False

        def listen(progress: Mapping[str, Any]) -> None:
            nonlocal started
            if not started:
                started = True
                self._log.emit(events.NodeStarted(node.id, node.address, attempt))
            facts: dict[str, Any] = {"attempt": attempt}
            if "done" in progress:
                known = {name: progress[name] for name in ("done", "total", "unit", "facts")}
                self._log.emit(events.NodeProgress(node.id, node.address, **known))
                facts |= {name: progress[name] for name in ("done", "total", "unit")}
            self._record.progress(node.id, "running", **facts)

        return listen

    def waiting(self, node: Node, holder: str) -> None:
        """Another run computes it."""
        if node.id not in self._waiting:
            self._waiting.add(node.id)
            self._log.emit(events.NodeWaiting(node.id, node.address, holder))
            self._record.progress(node.id, "waiting", because=f"{holder} computes it")

    def executed(self, node: Node, manifest: Manifest, attempt: int) -> None:
        self._timings.learn(node, manifest.seconds)
        log = self._log_path(node, attempt)
        self._record.set(node.id, _entry(node, "executed", manifest, attempt, log))
        self._log.emit(events.NodeFinished(*_result(node, manifest)))

    def reused(self, node: Node, manifest: Manifest) -> None:
        known = self._record.nodes.get(node.id)
        if known and (known.action, known.digest) == ("executed", manifest.digest):
            return  # by this run, which had to look at it once more
        self._record.set(node.id, _entry(node, "reused", manifest))
        self._log.emit(events.NodeReused(*_result(node, manifest)))

    def withdrawn(self, node: Node, attempt: int) -> None:
        """A try was taken back before it began: it is none."""
        self._tried[node.id] = attempt - 1

    def retried(self, node: Node, attempt: int, failure: Failure, after: float) -> None:
        """A try was in vain; there will be another, in ``after`` seconds."""
        facts = (attempt, failure.cause.value, failure.message, after)
        self._log.emit(events.NodeRetried(node.id, node.address, *facts))
        self._record.progress(node.id, "queued", attempt=attempt, because=failure.message)

    def failed(self, node: Node, attempt: int, failure: Failure) -> None:
        self.failures.append((node, failure))
        log = self._log_path(node, attempt) if attempt else ""
        error = {"type": failure.type, "message": failure.message, "help": failure.help}
        error |= {"code": failure.code} if failure.code else {}
        entry = NodeEntry(
            address=node.address, action="failed", attempts=attempt, log=log, error=error
        )
        self._record.set(node.id, entry)
        event = events.NodeFailed(
            node.id,
            node.address,
            attempt,
            failure.type,
            failure.message,
            failure.help,
            failure.log,
            failure.tail,
            failure.code,
        )
        self._log.emit(event)

    def skipped(self, nodes: Iterable[Node], reasons: Mapping[str, str], otherwise: str) -> None:
        """Nodes without a result, with the reason by node id; some of them had been begun."""
        for node in nodes:
            because, tries = reasons.get(node.id, otherwise), self._tried.get(node.id, 0)
            entry = NodeEntry(
                address=node.address, action="skipped", because=because, attempts=tries
            )
            self._record.set(node.id, entry)
            self._log.emit(events.NodeSkipped(node.id, node.address, because))

    def _log_path(self, node: Node, attempt: int) -> str:
        folder = self._record.attempt_folder(node, attempt)
        return (folder / "log.txt").relative_to(self._record.folder).as_posix()


def _result(node: Node, manifest: Manifest) -> tuple[str, str, str, str, float, tuple[str, ...]]:
    """What events say of a result, computed or reused."""
    made = (manifest.key, manifest.digest, manifest.seconds, tuple(manifest.warnings))
    return (node.id, node.address, *made)


def _entry(
    node: Node, action: Any, manifest: Manifest, attempts: int = 0, log: str = ""
) -> NodeEntry:
    return NodeEntry(
        address=node.address,
        action=action,
        key=manifest.key,
        digest=manifest.digest,
        seconds=manifest.seconds,
        attempts=attempts,
        log=log,
        warnings=manifest.warnings,
    )
