"""Graph and store index to plan: for every node an action and the reason for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from w2sdl import keys
from w2sdl.graph import Graph, Node

#: Raised together with the files that results are stored in.
FORMAT_VERSION = 1


class Action(StrEnum):
    """What will happen to a node."""

    REUSE = "reuse"
    RUN = "run"
    MAYBE = "maybe"  #: its inputs' bytes are not known yet; reused if they come out as seen before


class Reason(StrEnum):
    """Why."""

    CACHED = "CACHED"
    NEW = "NEW"
    FORCED = "FORCED"
    UPSTREAM_STALE = "UPSTREAM_STALE"
    UPSTREAM_MAYBE = "UPSTREAM_MAYBE"


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A node with its action. ``key`` is "" while it depends on bytes that are not known yet."""

    node: Node
    action: Action
    reason: Reason
    key: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry for every node, parents first."""

    entries: Mapping[str, PlanEntry]

    def counts(self) -> Counter[Action]:
        return Counter(entry.action for entry in self.entries.values())


@dataclass(frozen=True, slots=True)
class StoreIndex:
    """What a plan asks of a store.

    Attributes:
        digest: key -> digest of the stored result, or "".
        has_shape: (operation, version, key parameters) -> whether any result of that call is stored.
        sources: node -> what its files and repositories stand for (see `keys.key_preimage`).
    """

    digest: Callable[[str], str]
    has_shape: Callable[[str, int, Any], bool]
    sources: Callable[[Node], Mapping[str, Any]]


def node_preimage(
    node: Node, digests: Mapping[str, str], sources: Mapping[str, Any]
) -> dict[str, Any]:
    """The key pre-image of a node whose parents' digests (by node id) are all known."""
    inputs = {port: [digests[parent] for parent in ids] for port, ids in node.inputs.items()}
    params = {name: value for name, value in node.key_params.items() if name not in node.sources}
    return keys.key_preimage(node.op, node.version, params, inputs, sources, FORMAT_VERSION)


def plan_graph(graph: Graph, index: StoreIndex, force: Collection[str] = ()) -> Plan:
    """Decide for each node, in one pass over the graph.

    Args:
        graph: what to compute.
        index: the store, as an index only.
        force: ids of nodes to run whatever is stored.
    """
    entries: dict[str, PlanEntry] = {}
    digests: dict[str, str] = {}
    for node in graph.order():
        entry = _decide(node, entries, digests, index, force)
        entries[node.id] = entry
        if entry.digest:
            digests[node.id] = entry.digest
    return Plan(entries)


def _decide(
    node: Node,
    entries: Mapping[str, PlanEntry],
    digests: Mapping[str, str],
    index: StoreIndex,
    force: Collection[str],
) -> PlanEntry:
    if node.id in force:
        return PlanEntry(node, Action.RUN, Reason.FORCED)
    if any(parent not in digests for parent in node.parents()):
        seen = index.has_shape(node.op, node.version, node.key_params)
        if seen:
            return PlanEntry(node, Action.MAYBE, Reason.UPSTREAM_MAYBE)
        return PlanEntry(node, Action.RUN, Reason.UPSTREAM_STALE)
    key = keys.store_key(node_preimage(node, digests, index.sources(node)))
    digest = index.digest(key)
    if digest:
        return PlanEntry(node, Action.REUSE, Reason.CACHED, key, digest)
    return PlanEntry(node, Action.RUN, Reason.NEW, key)
