"""Which nodes can go next, the longest remaining path first, with times learnt earlier."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping

from w2sdl.graph import Graph, Node


class Frontier:
    """The nodes whose parents are done, by priority; knows the output digest of every node done."""

    def __init__(self, graph: Graph, estimate: Callable[[Node], float]) -> None:
        self._nodes = graph.nodes
        self.children: dict[str, list[str]] = {id_: [] for id_ in graph.nodes}
        self.digests: dict[str, str] = {}
        self._missing: dict[str, set[str]] = {}
        self._waiters: dict[str, set[str]] = {}  #: those that wait although they are no children
        for node in graph.nodes.values():
            self._missing[node.id] = set(node.parents())
            for parent in self._missing[node.id]:
                self.children[parent].append(node.id)
        self.priority = self._longest_paths(graph, estimate)
        self._ready: list[tuple[float, int, str]] = []
        self._position = {id_: position for position, id_ in enumerate(graph.nodes)}
        for id_, missing in self._missing.items():
            if not missing:
                self._push(id_)

    def _longest_paths(
        self, graph: Graph, estimate: Callable[[Node], float]
    ) -> Mapping[str, float]:
        """Seconds from the start of a node to the end of the longest path through it."""
        remaining: dict[str, float] = {}
        for node in reversed(graph.order()):
            below = max((remaining[child] for child in self.children[node.id]), default=0.0)
            remaining[node.id] = estimate(node) + below
        return remaining

    def _push(self, id_: str) -> None:
        heapq.heappush(self._ready, (-self.priority[id_], self._position[id_], id_))

    def node(self, id_: str) -> Node:
        return self._nodes[id_]

    def pop(self) -> Node | None:
        """The next node whose parents are all done; None where all others wait."""
        while self._ready:
            id_ = heapq.heappop(self._ready)[2]
            if self._missing.get(id_) == set():
                del self._missing[id_]
                return self._nodes[id_]
        return None

    def done(self, id_: str, digest: str) -> None:
        """Record a result; those that waited for nothing else become ready."""
        self.digests[id_] = digest
        for waiter in [*self.children[id_], *self._waiters.pop(id_, ())]:
            missing = self._missing.get(waiter)
            if missing and id_ in missing:
                missing.remove(id_)
                if not missing:
                    self._push(waiter)

    def again(self, ids: Collection[str], waiter: str) -> None:
        """Do ``ids`` anew (unless under way), and then ``waiter``; their done children stay."""
        for id_ in ids:
            self._waiters.setdefault(id_, set()).add(waiter)
            if self.digests.pop(id_, None) is not None:
                self._wait(id_, set())
                for child in self.children[id_]:
                    if child in self._missing:
                        self._missing[child].add(id_)
        self._wait(waiter, {id_ for id_ in ids if id_ not in self.digests})

    def _wait(self, id_: str, others: set[str]) -> None:
        """Hand out ``id_`` once its parents, and ``others``, are done."""
        parents = {parent for parent in self._nodes[id_].parents() if parent not in self.digests}
        self._missing[id_] = parents | others
        if not self._missing[id_]:
            self._push(id_)

    def waiting(self) -> list[str]:
        """Nodes that were not handed out, parents first."""
        return [id_ for id_ in self._nodes if id_ in self._missing]

    def descendants(self, id_: str) -> set[str]:
        """All nodes that need the result of ``id_``."""
        return _reach(id_, lambda node: self.children[node])

    def ancestors(self, id_: str) -> set[str]:
        """All nodes whose results ``id_`` needs."""
        return _reach(id_, lambda node: self._nodes[node].parents())


def _reach(start: str, step: Callable[[str], Iterable[str]]) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        for id_ in step(todo.pop()):
            if id_ not in found:
                found.add(id_)
                todo.append(id_)
    return found
