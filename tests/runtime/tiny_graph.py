"""Builds graphs of tiny operations directly, without a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from w2sdl import keys
from w2sdl.graph import Graph, Node
from w2sdl.needs import Needs, Retry
from w2sdl.signature import OpSignature, OptionalOf, ParamType, SourceOf
from w2sdl_runtime import registry
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.driver.execute import BackendFactory, Options, RunResult, run_graph
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest
from w2sdl_runtime.storage.store import Store

MODULES = ("tests.runtime.tiny_ops",)


class Builder:
    """Adds nodes one by one; parents come first."""

    def __init__(self, modules: tuple[str, ...] = MODULES) -> None:
        self.nodes: dict[str, Node] = {}
        self._modules = modules

    def add(
        self,
        op_name: str,
        inputs: Mapping[str, Sequence[str]] | None = None,
        name: str = "",
        cpus: int = 1,
        needs: Needs | None = None,
        retry: Retry | None = None,
        timeout: float | None = None,
        **params: Any,
    ) -> str:
        """Add a node and return its id; ``inputs`` are ids by port."""
        op = registry.load_signatures(self._modules).op(op_name)
        assert op is not None
        ports = {port: tuple(ids) for port, ids in (inputs or {}).items()}
        full = {param.name: params.get(param.name, param.default) for param in op.params}
        id_ = keys.structural_id(op_name, op.version, params, ports)
        address = name or f"{op_name}{len(self.nodes)}"
        self.nodes[id_] = Node(
            id_,
            op_name,
            op.version,
            full,
            params,
            ports,
            _sources(op),
            op.result,
            op.inline,
            needs or Needs(cpus),
            op.wants_gpu,
            address,
            {},
            address,
            retry=retry,
            timeout=timeout,
        )
        return id_

    def graph(self) -> Graph:
        return Graph("tiny", "", dict(self.nodes), (), (), (), ())

    def id(self, address: str) -> str:
        return next(node.id for node in self.nodes.values() if node.address == address)


def _sources(op: OpSignature) -> dict[str, str]:
    return {param.name: what for param in op.params if (what := _what(param.type))}


def _what(kind: ParamType) -> str:
    inner = kind.inner if isinstance(kind, OptionalOf) else kind
    return inner.what if isinstance(inner, SourceOf) else ""


def run(
    graph: Graph,
    folder: Path,
    backend: BackendFactory = LocalBackend,
    sinks: Any = (),
    **options: Any,
) -> RunResult:
    """Run a graph with the store in ``folder/store`` and ``folder`` as the folder of the spec."""
    store = Store(folder / "store")
    record = RunRecord.create(store, graph, RunRequest(spec_path=str(folder / "tiny.w2s")))
    chosen = Options(base=folder, modules=MODULES, **options)
    return run_graph(graph, store, backend, record, chosen, sinks)


def no_backend() -> Backend:
    """A factory for runs that must not need a backend."""
    raise AssertionError("a backend was started")


def ran(folder: Path, name: str) -> int:
    """How often an operation ran."""
    path = folder / f"ran-{name}"
    return len(path.read_text().splitlines()) if path.exists() else 0


def value_of(result: RunResult, id_: str, folder: Path) -> float | None:
    """The number that a Metric node gave."""
    assert not result.failures, result.failures
    value: Any = Store(folder / "store").open(result.nodes[id_].digest)
    found: float | None = value.value
    return found
