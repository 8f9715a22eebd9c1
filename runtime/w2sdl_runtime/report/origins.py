"""Where results came from: machines, and what data and models of a run are, by their digests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime.storage.manifest import Manifest

#: Facts of a stored result that say what it is.
_FACTS = ("architecture", "parameters", "name", "revision", "documents", "origin")


@runtime_checkable
class Keeper(Protocol):
    """A store that knows of its results how they were made."""

    def kept(self, key: str) -> Manifest | None:
        """The record of a key's result; None where it is not at hand."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where results were computed, and how many of them."""

    name: str  #: of the processor or GPU
    host: str
    platform: str
    results: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Data or a model of the run: what it is made of, and the digest that its bytes have."""

    address: str
    op: str
    digest: str
    facts: str
    sources: tuple[tuple[str, str], ...]  #: a file or a hub's id, and what it stood for


def manifests_of(nodes: Mapping[str, Any], store: object) -> dict[str, Manifest]:
    """The records of the run's results, by node id, of those that are at hand."""
    if not isinstance(store, Keeper):
        return {}
    found = {id_: store.kept(str(node.get("key") or "")) for id_, node in nodes.items()}
    return {id_: manifest for id_, manifest in found.items() if manifest is not None}


def machines_of(manifests: Mapping[str, Manifest]) -> list[Machine]:
    """What the results were computed on; on another processor numbers may differ in their last digits."""
    every = Counter((m.device_name or m.device, m.host, m.platform) for m in manifests.values())
    return [Machine(*place, count) for place, count in every.most_common()]


def origins_of(graph: Graph, manifests: Mapping[str, Manifest]) -> list[Origin]:
    """What everything else is made of: data sets, models, and whatever a file or a hub stood for."""
    return [
        Origin(node.address, node.op, one.digest, _facts(one), tuple(_sources(one.sources)))
        for node in graph.order()
        if (one := manifests.get(node.id)) is not None and _is_origin(node, one)
    ]


def _is_origin(node: Node, manifest: Manifest) -> bool:
    return bool(manifest.sources) or not node.inputs or node.kind is Kind.MODEL


def _facts(manifest: Manifest) -> str:
    inner = manifest.facts.get("facts")
    facts = {**manifest.facts, **inner} if isinstance(inner, Mapping) else manifest.facts
    known = {name: facts[name] for name in _FACTS if facts.get(name)}
    return ", ".join(f"{k} {v:,}" if isinstance(v, int) else f"{k} {v}" for k, v in known.items())


def _sources(sources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, stood_for in sources.items():
        if isinstance(stood_for, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in _sources(stood_for))
        else:
            yield name, str(stood_for)
