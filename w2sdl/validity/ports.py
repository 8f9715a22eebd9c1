"""The ports of a node, with those of its variants, and the channel by which each reaches the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from w2sdl import signature as sig
from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature, Port, Signatures
from w2sdl.validity.facts import Channel

_MODELS = frozenset({Kind.MODEL, Kind.PREDICTOR})
_LESSONS = frozenset({Kind.LABELS, Kind.DATA, Kind.ITEMS, Kind.CORPUS})


@dataclass(frozen=True, slots=True)
class Inflow:
    """One port of a node with the ids that come in."""

    port: Port
    ids: tuple[str, ...]
    channel: Channel
    in_variant: bool

    @property
    def kind(self) -> Kind:
        return self.port.kind

    @property
    def teaches(self) -> bool:
        """Whether a training learns from the rows that come in here."""
        return self.kind in _LESSONS and self.channel is Channel.VALUE and not self.in_variant

    @property
    def is_begun_from(self) -> bool:
        """Whether a model that comes in here is trained on, or a member of what is made.

        One that marks, chooses or stops is neither.
        """
        beside = self.channel in (Channel.SELECT, Channel.CONTROL) or self.in_variant
        return self.kind in _MODELS and not beside and self.port.role != "supervisor"

    @property
    def is_read(self) -> bool:
        """Whether these are states that a probe reads: what it starts from, for it has no weights."""
        return self.kind is Kind.ACTIVATIONS and not self.in_variant


def inflows(node: Node, op: OpSignature, signatures: Signatures) -> tuple[Inflow, ...]:
    """All that comes into a node, in the order of its ports."""
    own = {port.name: port for port in op.ports}
    found = []
    for name, ids in node.inputs.items():
        port = own.get(name)
        inside = port is None
        if port is None:
            port = _variant_port(name, node.params, op, signatures)
        found.append(Inflow(port, ids, _channel(port, op, inside), inside))
    return tuple(found)


def _channel(port: Port, op: OpSignature, in_variant: bool) -> Channel:
    """What the port says, or what the kinds say."""
    if port.channel:
        return Channel(port.channel)
    if port.kind is Kind.TRANSCRIPTS and op.result in _MODELS:
        return Channel.CONTEXT
    if in_variant and op.result in (*_MODELS, Kind.LABELS):
        return Channel.SELECT  # an option that reads labels or a model chooses by them
    if port.kind in _MODELS and op.result in _MODELS:
        return Channel.INIT
    return Channel.VALUE


def _variant_port(
    path: str, values: Mapping[str, Any], op: OpSignature, signatures: Signatures
) -> Port:
    """The port of a variant, by its dotted path in the node (``protocol.against``)."""
    *names, last = path.split(".")
    params, value = op.params, values
    chosen: sig.VariantSignature | None = None
    for name in names:
        param = next(param for param in params if param.name == name)
        value = value[name]
        family = sig.variant_family(param.type)
        chosen = signatures.variants[family][value["variant"]]
        params = chosen.params
    if chosen is None:
        raise ValueError(f"{op.name} has no port {path}")
    return next(port for port in chosen.ports if port.name == last)


def shows_both_orders(node: Node, op: OpSignature, signatures: Signatures) -> bool:
    """Whether a debate gives every reader both sides in both orders."""
    return any(variant.both_orders for _, variant in signatures.chosen(op, node.params))
