"""What a run left behind, node by node: a value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.graph import Graph
from w2sdl_runtime.artifacts import Opener, Value
from w2sdl_runtime.values import Metric

#: How much of a key is shown; the node table has the same.
KEY_PREFIX = 12
#: Characters of a failure's message that a sentence quotes.
ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Missing:
    """A node without a result, and why in words."""

    node: str
    address: str
    why: str


@dataclass
class Results:
    """Results of a run by node id, read once. ``nodes`` is the run's ``nodes.json``."""

    graph: Graph
    nodes: Mapping[str, Mapping[str, Any]]
    opener: Opener
    going_on: bool = False  #: the run has not ended
    _read: dict[str, Value | Missing] = field(default_factory=dict)

    def value(self, node: str) -> Value | Missing:
        """The result of a node, or why it isn't there."""
        if node not in self._read:
            self._read[node] = self._open(node)
        return self._read[node]

    def metric(self, node: str) -> Metric | Missing:
        """The result of a measuring node."""
        value = self.value(node)
        if isinstance(value, Metric | Missing):
            return value
        return Missing(node, self.address(node), f"its result is {value.kind}, not a number")

    def opened(self, digest: str) -> Value | None:
        """An object that a result refers to; None where it can't be read."""
        try:
            return self.opener.open(digest)
        except Exception:  # the store may fail in many ways; what is shown then says less
            return None

    def key(self, node: str) -> str:
        """The first characters of the node's store key, or "" before it has one."""
        return str(self.nodes.get(node, {}).get("key") or "")[:KEY_PREFIX]

    def address(self, node: str) -> str:
        """The node's address, `S'[seed=2]`."""
        return self.graph.nodes[node].address if node in self.graph.nodes else node

    def action(self, node: str) -> str:
        """What the run did: "executed", "reused", "failed", "skipped", or "" for nothing."""
        return str(self.nodes.get(node, {}).get("action") or "")

    def _open(self, node: str) -> Value | Missing:
        digest = self.nodes.get(node, {}).get("digest")
        if not digest:
            return Missing(node, self.address(node), self._why(node))
        try:
            return self.opener.open(str(digest))
        except Exception as error:  # the store may fail in many ways; each is shown, none is fatal
            why = f"its result can't be read from the store: {error}"
            return Missing(node, self.address(node), why)

    def _why(self, node: str) -> str:
        if self.action(node) == "failed":
            return f"failed{self.error(node)}"
        for ancestor in self._ancestors(node):
            if self.action(ancestor) == "failed":
                error = self.error(ancestor)
                return f"not computed, because {self.address(ancestor)} failed{error}"
        if self.action(node) == "skipped":
            because = self.nodes[node].get("because")
            return f"skipped: {because}" if because else "skipped by this run"
        return "not computed yet" if self.going_on else "the run ended before it was computed"

    def error(self, node: str) -> str:
        """What a failed node said, after a colon; "" where it said nothing."""
        error = self.nodes.get(node, {}).get("error") or {}
        message = str(error.get("message") or "").strip().splitlines()
        code = f" [{error['code']}]" if error.get("code") else ""
        return f": {message[0][:ERROR_LENGTH]}{code}" if message else ""

    def _ancestors(self, node: str) -> Iterator[str]:
        """Nodes that this one depends on, nearest first."""
        seen, front = {node}, [node]
        while front:
            parents = [
                p for at in front if at in self.graph.nodes for p in self.graph.nodes[at].parents()
            ]
            front = [p for p in dict.fromkeys(parents) if p not in seen]
            seen.update(front)
            yield from front
