"""The arguments of a call as its operation's check sees them: parameters, and who makes what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.graph import Node
from w2sdl.signature import Made, OpSignature, Signatures


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a graph that is being made: whoever asks for one finds those that it is made of."""

    nodes: Mapping[str, Node]
    signatures: Signatures

    def arguments(
        self, op: OpSignature, params: Mapping[str, Any], inputs: Mapping[str, tuple[str, ...]]
    ) -> Mapping[str, Any]:
        """Parameters in JSON form, and what stands on each edge; of a port with a list, all of it."""
        lists = {port.name for port in op.ports if port.many}
        told = dict(params)
        for place, ids in inputs.items():
            made: tuple[Made, ...] = tuple(_Call(self, id_) for id_ in ids)
            _put(told, place, made if place in lists else made[0])
        return told


@dataclass(frozen=True, slots=True)
class _Call:
    """One of them. What it is made of is looked up when it is asked for: graphs are deep."""

    calls: Calls = field(compare=False, repr=False)
    id: str

    @property
    def op(self) -> str:
        return self.calls.nodes[self.id].op

    @property
    def arguments(self) -> Mapping[str, Any]:
        node = self.calls.nodes[self.id]
        return self.calls.arguments(self.calls.signatures.ops[node.op], node.params, node.inputs)


def _put(told: dict[str, Any], place: str, value: object) -> None:
    """Set ``protocol.judge`` in a copy of the record that it lies in."""
    *path, name = place.split(".")
    for step in path:
        told[step] = dict(told[step])
        told = told[step]
    told[name] = value
