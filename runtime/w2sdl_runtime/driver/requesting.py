"""Turns a node that is to be computed into the plain data that a worker gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.needs import Needs
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.driver.retrying import Again
from w2sdl_runtime.driver.sharing import Infeasible, Share, place
from w2sdl_runtime.files import write_json, writing_to
from w2sdl_runtime.runs.run_record import RunRecord
from w2sdl_runtime.storage.keying import ClosedKey
from w2sdl_runtime.storage.leases import Lease
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.protocol import Attempt


@dataclass(slots=True)
class Task:
    """A node to be computed in this run, through all its tries."""

    node: Node
    closed: ClosedKey
    replace: bool = False  #: a result that is stored is computed again on purpose
    lease: Lease | None = None
    attempt: int = 0  #: number of the latest try
    again: Again | None = None  #: what the next try gets; None for what the node says


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all attempts of a run share."""

    base: Path
    modules: tuple[str, ...]
    device: str
    commit_every: float
    endpoints: Mapping[str, Mapping[str, Any]]  #: where models are asked that answer over HTTP


class Requests:
    """Numbers the tries at each node, and makes the request for each."""

    def __init__(
        self, store: Store, record: RunRecord, frontier: Frontier, around: Surroundings
    ) -> None:
        self._store, self._record, self._frontier = store, record, frontier
        self._around = around
        self._numbers: Counter[str] = Counter()

    def was_tried(self, node: Node) -> bool:
        return bool(self._numbers[node.id])

    def is_model_for_cpu(self, node: Node, backend: Backend) -> bool:
        share = self._share(node, node.needs, backend)
        return node.kind in (Kind.MODEL, Kind.PREDICTOR) and not share.gpus

    def _share(self, node: Node, needs: Needs, backend: Backend | None) -> Share:
        if backend is None:  # in the driver itself
            return Share(needs.cpu)
        return place(needs, node.wants_gpu, backend.machines(), self._around.device)

    def fits(self, node: Node, needs: Needs, backend: Backend | None) -> bool:
        """Whether a try that gets this can be placed: a larger share may be more than there is."""
        try:
            self._share(node, needs, backend)
        except Infeasible:
            return False
        return True

    def make(self, task: Task, backend: Backend | None) -> Attempt:
        """The request for one more try, which is also kept in the attempt's folder."""
        node, closed = task.node, task.closed
        self._numbers[node.id] += 1
        task.attempt = self._numbers[node.id]
        folder = self._record.attempt_folder(node, task.attempt)
        again = task.again or Again(0, node.needs, closed.params, node.timeout)
        share = self._share(node, again.needs, backend)
        attempt = Attempt(
            node=node.id,
            address=node.address,
            op=node.op,
            op_version=node.version,
            kind=node.kind.value,
            key=closed.key,
            preimage=closed.preimage,
            params=again.params,
            inputs=closed.inputs,
            number=task.attempt,
            folder=str(folder),
            store=self._store.location,
            base=str(self._around.base.absolute()),
            modules=self._around.modules,
            run=self._record.run,
            git=self._record.info.git,
            command=self._record.info.command,
            cpus=share.cpus,
            gpus=share.gpus,
            threads=share.cpus,
            device=share.device,
            corpora=self._corpora(node),
            token=task.lease.token if task.lease else None,
            replace=task.replace,
            commit_every=self._around.commit_every,
            memory=share.memory,
            accelerator=share.accelerator,
            timeout=again.timeout,
            shards=share.shards,
            endpoints=self._around.endpoints,
        )
        self._keep(folder, attempt)
        return attempt

    def _keep(self, folder: Path, attempt: Attempt) -> None:
        with writing_to(self._store.root):
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "cmd.json", attempt.to_json(), durable=False)

    def _corpora(self, node: Node) -> list[str]:
        """Digests of the corpora that what a measure measures was pretrained on."""
        if node.kind is not Kind.METRIC:
            return []
        digests: Mapping[str, str] = self._frontier.digests
        behind = [self._frontier.node(id_) for id_ in self._frontier.ancestors(node.id)]
        return sorted({digests[n.id] for n in behind if n.kind is Kind.CORPUS})
