"""Graph and store index to plan: for every node an action and the reason for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from w2sdl.graph import Graph, Node


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
        key: (node, digests of its parents by node id) -> its store key.
        digest: key -> digest of the stored result, or "".
        has_shape: whether any result of the same call, on other inputs perhaps, is stored.
    """

    key: Callable[[Node, Mapping[str, str]], str]
    digest: Callable[[str], str]
    has_shape: Callable[[Node], bool]


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
        if index.has_shape(node):
            return PlanEntry(node, Action.MAYBE, Reason.UPSTREAM_MAYBE)
        return PlanEntry(node, Action.RUN, Reason.UPSTREAM_STALE)
    key = index.key(node, digests)
    digest = index.digest(key)
    if digest:
        return PlanEntry(node, Action.REUSE, Reason.CACHED, key, digest)
    return PlanEntry(node, Action.RUN, Reason.NEW, key)
