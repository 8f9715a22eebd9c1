"""From a node that is not reused up to what caused it: the chain behind UPSTREAM_* and INPUT_CHANGED."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.planning.plan import Action, Compared, Plan
from w2sdl.planning.preimages import differences
from w2sdl.planning.reasons import Changed, Reason, Upstream, Why, why_to_json
from w2sdl_runtime.cache.index import StoredIndex


@dataclass(frozen=True, slots=True)
class Link:
    """One node of a chain: why it is as it is, and the nodes that its reasons lie with."""

    address: str
    action: Action
    reasons: tuple[Why, ...]
    compared: Compared | None
    causes: tuple[Link, ...] = ()

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"address": self.address, "action": self.action.value}
        found["reasons"] = [why_to_json(why) for why in self.reasons]
        if self.compared is not None:
            of = self.compared
            found["compared"] = {"key": of.key, "address": of.address, "run": of.run}
        return found | {"causes": [cause.to_json() for cause in self.causes]}


class Tracer:
    """Follows reasons through one plan. Each node is explained once, where it is first met."""

    def __init__(self, graph: Graph, plan: Plan, index: StoredIndex) -> None:
        self._graph, self._plan, self._index = graph, plan, index
        self._met: set[str] = set()

    def trace(self, node: Node) -> Link:
        """The chain that begins with a node."""
        self._met.add(node.id)
        entry = self._plan.entries[node.id]
        found: list[Link] = []
        for why in entry.reasons:
            match why:
                case Upstream(parent=address):
                    parent = self._graph.nodes[self._ids[address]]
                    if parent.id not in self._met:
                        found.append(self.trace(parent))
                case Changed(reason=Reason.INPUT_CHANGED):
                    found += self._behind(node, why)
        return Link(node.address, entry.action, entry.reasons, entry.compared, tuple(found))

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        return {node.address: node.id for node in self._graph.nodes.values()}

    def _behind(self, node: Node, change: Changed) -> list[Link]:
        """The nodes whose result at a port is another one than then, and why it is."""
        old = change.old if isinstance(change.old, list) else [change.old]
        found = []
        for position, id_ in enumerate(node.inputs.get(change.path, ())):
            entry = self._plan.entries[id_]
            before = old[position] if position < len(old) else None
            if entry.digest and entry.digest != before and id_ not in self._met:
                found.append(self._remade(self._graph.nodes[id_], str(before)))
        return found

    def _remade(self, node: Node, before: str) -> Link:
        """A stored node that had another result then: what differs between the two keys."""
        self._met.add(node.id)
        entry = self._plan.entries[node.id]
        now, then = self._index.store.preimage(entry.key), self._key_of.get(before)
        old = self._index.store.preimage(then) if then is not None else None
        if now is None or old is None or then is None:
            return Link(node.address, entry.action, entry.reasons, None)
        row = self._index.results.all[then]
        compared = Compared(then, old, row["address"], row["run"], before)
        changes = differences(old, now, node.params) if old.get("op") == node.op else ()
        causes = [
            link
            for change in changes
            if change.reason is Reason.INPUT_CHANGED
            for link in self._behind(node, change)
        ]
        return Link(node.address, entry.action, changes, compared, tuple(causes))

    @cached_property
    def _key_of(self) -> Mapping[str, str]:
        """Digest -> the key of the first result that had it."""
        rows = sorted(self._index.results.all.values(), key=lambda row: -float(row["ended"]))
        return {row["digest"]: row["key"] for row in rows}
