"""The nodes of a graph as they are found: equal ones become one, under the names of all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from w2sdl.errors.graph import BadCombination
from w2sdl.graph import Node
from w2sdl.messages.diagnostics import Collector
from w2sdl.source import Span


class MergedNodes:
    """Nodes by id, and where each stands in the source.

    ``bindings`` are the names that a spec gives: a node goes by one of them before any other name.
    """

    def __init__(self, bindings: Collection[str], found: Collector) -> None:
        self.nodes: dict[str, Node] = {}
        self.places: dict[str, Span] = {}
        self._bindings, self._found = bindings, found

    def add(self, node: Node, place: Span) -> str:
        """Take a node in, or join it with the one that it is equal to; its id."""
        known = self.nodes.get(node.id)
        if known is None:
            self.nodes[node.id] = node
            self.places[node.id] = place
            return node.id
        if node.request != known.request:
            known = self._with_both_requests(known, node, place)
        if node.address != known.address and node.address not in known.aliases:
            known = self._with_both_names(known, node)
        self.nodes[node.id] = known
        return node.id

    def _with_both_names(self, known: Node, node: Node) -> Node:
        named = node.name in self._bindings and known.name not in self._bindings
        first, other = (node, known) if named else (known, node)
        aliases = (*(a for a in known.aliases if a != first.address), other.address)
        request = known.request
        return replace(
            first,
            aliases=aliases,
            needs=request.needs,
            retry=request.retry,
            timeout=request.timeout,
        )

    def _with_both_requests(self, known: Node, node: Node, place: Span) -> Node:
        """Two requests for what is one node: the larger need, the more patience."""
        try:
            joined = known.request.joined(node.request)
        except ValueError as problem:
            reason = f"`{known.name}` and `{node.name}` are one node, and ask for {problem}"
            advice = "ask for one type of accelerator"
            self._found.add(BadCombination(span=place, reason=reason, advice=advice))
            return known
        return replace(known, needs=joined.needs, retry=joined.retry, timeout=joined.timeout)
