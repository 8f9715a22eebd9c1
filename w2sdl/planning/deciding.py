"""Graph and store index to plan: for every node an action and the reasons for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from w2sdl import keys
from w2sdl.graph import Graph, Node
from w2sdl.planning.estimates import NO_TIME, Estimate
from w2sdl.planning.plan import (
    Action,
    Compared,
    Lacks,
    Plan,
    PlanEntry,
    Preimage,
    Stored,
    StoreIndex,
)
from w2sdl.planning.preimages import differences
from w2sdl.planning.reasons import (
    Cached,
    Forced,
    New,
    Output,
    Reason,
    Unmet,
    Upstream,
    Why,
    by_weight,
)


def plan_graph(
    graph: Graph,
    index: StoreIndex,
    force: Collection[str] = (),
    who: str = "--force",
    lacks: Lacks = lambda node: None,
) -> Plan:
    """Decide for each node, in one pass over the graph, and then say why the others are not reused.

    Args:
        graph: what to compute.
        index: the store, as an index only.
        force: ids of nodes to run whatever is stored.
        who: what asked for that.
        lacks: what the machines lack for a node.
    """
    planner = _Planner(index, frozenset(force), who, lacks)
    for node in graph.order():
        planner.decide(node)
    taken = {entry.key for entry in planner.entries.values() if entry.action is Action.REUSE}
    return Plan({id_: planner.explained(entry, taken) for id_, entry in planner.entries.items()})


class _Planner:
    def __init__(self, index: StoreIndex, force: frozenset[str], who: str, lacks: Lacks) -> None:
        self._index, self._force, self._who, self._lacks = index, force, who, lacks
        self.entries: dict[str, PlanEntry] = {}
        self._digests: dict[str, str] = {}
        self._preimages: dict[str, Preimage] = {}  #: of nodes that are not reused
        self._problems: dict[str, Stored] = {}  #: results whose bytes are gone or changed

    # -- deciding ----------------------------------------------------------------------------------

    def decide(self, node: Node) -> None:
        unknown = _unknown_ports(node, self._digests)
        known = replace(node, inputs=_without(node.inputs, unknown)) if unknown else node
        preimage = self._index.close(known, self._digests)
        if isinstance(preimage, Unmet):
            entry = PlanEntry(node, Action.BLOCKED, (preimage,))
        elif unknown:
            entry = self._waiting(node, preimage)
        else:
            entry = self._ready(node, preimage)
        lack = None
        if entry.action is not Action.REUSE and not node.inline:
            lack = self._lacks(node)
        if lack is not None:
            entry = replace(entry, action=Action.BLOCKED, reasons=(lack, *entry.reasons))
        self.entries[node.id] = entry
        if entry.action is Action.REUSE:
            self._digests[node.id] = entry.digest
        elif not isinstance(preimage, Unmet) and not _is_below_blocked(entry):
            self._preimages[node.id] = preimage

    def _waiting(self, node: Node, preimage: Preimage) -> PlanEntry:
        """A node with inputs whose bytes are not known yet."""
        waits = [p for p in dict.fromkeys(node.parents()) if p not in self._digests]
        blocked = [p for p in waits if self.entries[p].action is Action.BLOCKED]
        if blocked:
            action, reason, waits = Action.BLOCKED, Reason.UPSTREAM_BLOCKED, blocked
        elif node.id not in self._force and self._index.has_shape(preimage):
            action, reason = Action.MAYBE, Reason.UPSTREAM_MAYBE
        else:
            action, reason = Action.RUN, Reason.UPSTREAM_STALE
        addresses = [self.entries[parent].node.address for parent in waits]
        return PlanEntry(node, action, tuple(Upstream(reason, address) for address in addresses))

    def _ready(self, node: Node, preimage: Preimage) -> PlanEntry:
        key = keys.store_key(preimage)
        stored = self._index.stored(key)
        if stored is not None and stored.problem is None and node.id not in self._force:
            reason = Reason.CACHED_REMOTE if stored.is_remote else Reason.CACHED
            cached = Cached(key, stored.digest, stored.run, reason)
            return PlanEntry(node, Action.REUSE, (cached,), key, stored.digest)
        if stored is not None:
            self._problems[node.id] = stored
        return PlanEntry(node, Action.RUN, (), key)

    # -- saying why --------------------------------------------------------------------------------

    def explained(self, entry: PlanEntry, taken: Collection[str]) -> PlanEntry:
        """An entry with all its reasons."""
        preimage = self._preimages.get(entry.node.id)
        if preimage is None:  # reused, or blocked
            return entry
        node, stored = entry.node, self._problems.get(entry.node.id)
        found: list[Why] = list(entry.reasons)
        if node.id in self._force:
            found.append(Forced(self._who))
        compared = None
        if stored is None:
            compared = self._index.compared(node, preimage, taken)
            is_said = any(why.reason is not Reason.TOO_LARGE for why in found)
            found += self._direct(entry, preimage, compared, is_said)
        elif stored.problem is not None:
            found.append(Output(stored.problem, entry.key, stored.digest))
        return replace(
            entry,
            reasons=by_weight(found),
            compared=compared,
            preimage=preimage,
            estimate=self._estimate(entry, preimage, compared),
        )

    def _direct(
        self, entry: PlanEntry, preimage: Preimage, compared: Compared | None, is_said: bool
    ) -> list[Why]:
        """Why nothing is stored for a node. ``is_said``: there is a reason already."""
        node, found = entry.node, list[Why]()
        if compared is not None:
            unknown = _unknown_ports(node, self._digests)
            found += differences(compared.preimage, preimage, node.params, unknown)
        earlier = self._index.earlier(node, entry.key)
        if earlier is not None:
            found.append(earlier)
        if not found and compared is not None and compared.key == entry.key:
            found.append(self._gone(compared))
        if not found and not is_said:
            found.append(New())
        return found

    def _gone(self, compared: Compared) -> Why:
        """Nothing has changed since a run that had the result, and yet it isn't there."""
        who = self._index.forgotten(compared.key)
        return Forced(who) if who else Output(Reason.OUTPUT_MISSING, compared.key, compared.digest)

    def _estimate(
        self, entry: PlanEntry, preimage: Preimage, compared: Compared | None
    ) -> Estimate | None:
        if entry.node.inline:
            return NO_TIME
        return self._index.estimate(entry.node, preimage, compared.key if compared else "")


def _is_below_blocked(entry: PlanEntry) -> bool:
    """Whether it needs what can't run here: what it would be is not known."""
    return any(why.reason is Reason.UPSTREAM_BLOCKED for why in entry.reasons)


def _unknown_ports(node: Node, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Ports some of whose inputs are not known yet."""
    return tuple(
        port for port, ids in node.inputs.items() if any(id_ not in digests for id_ in ids)
    )


def _without(
    inputs: Mapping[str, tuple[str, ...]], ports: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    return {port: ids for port, ids in inputs.items() if port not in ports}
