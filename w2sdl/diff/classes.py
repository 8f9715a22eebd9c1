"""Which class a change has, by where it is: no operation is named here."""

from __future__ import annotations

from w2sdl.diff.changes import ChangeClass
from w2sdl.diff.index import GraphIndex
from w2sdl.graph import Node
from w2sdl.kinds import Kind

_FACTOR, _MEASUREMENT = ChangeClass.FACTOR, ChangeClass.MEASUREMENT
#: The metric port whose change is a factor: another student under the same yardstick.
_JUDGED = "student"


def class_of_node(index: GraphIndex, node: Node) -> ChangeClass:
    """What a change of a node means, unless its parameter says otherwise.

    Metrics, scorers and the data that are measured on are measurement. So is what reaches a measure
    and no model: labels that are only scored, say. All else is a factor, data that are only learnt
    from among it.
    """
    match node.kind:
        case Kind.METRIC | Kind.INSTRUMENT:
            return _MEASUREMENT
        case Kind.MODEL | Kind.PREDICTOR:
            return _FACTOR
        case Kind.DATA if node.id in index.yardstick:
            return _MEASUREMENT
        case _ if node.id in index.teaching or not index.reaches[node.id]:
            return _FACTOR
        case _:
            return _MEASUREMENT


def class_of_port(index: GraphIndex, node: Node, port: str) -> ChangeClass:
    """What it means that something else stands in a port of a node."""
    if node.kind is Kind.METRIC and index.port_role(node, port) == _JUDGED:
        return _FACTOR
    return class_of_node(index, node)


def graver(one: ChangeClass, other: ChangeClass) -> ChangeClass:
    """The one that means more."""
    order = list(ChangeClass)
    return max(one, other, key=order.index)
