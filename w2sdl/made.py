"""The arguments of a call as its operation's check sees them: parameters, and who makes what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.dotted import with_value
from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.signature import Made, Network, OpSignature, Signatures

_MODELS = (Kind.MODEL, Kind.PREDICTOR)


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
            told = with_value(told, place, made if place in lists else made[0])
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
    def signature(self) -> OpSignature:
        return self.calls.signatures.ops[self.op]

    @property
    def arguments(self) -> Mapping[str, Any]:
        node = self.calls.nodes[self.id]
        return self.calls.arguments(self.signature, node.params, node.inputs)

    @property
    def network(self) -> Network:
        node, op = self.calls.nodes[self.id], self.signature
        for param, variant in self.calls.signatures.chosen(op, node.params):
            if variant.network:
                return Network(variant.network, f"{op.name}({param}: {variant.name}())", False)
        if op.network == "given":
            given = [
                id_ for p in op.ports if p.kind in _MODELS for id_ in node.inputs.get(p.name, ())
            ]
            if given:
                return _Call(self.calls, given[0]).network
        # A model that answers over HTTP writes; a predictor there says what it says, such as scores.
        writes = op.network != "none" and (op.network != "remote" or op.result is Kind.MODEL)
        return Network(op.network, f"{op.name}()", writes)
