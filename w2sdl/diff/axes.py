"""Which axis and which point of A is which of B, and what an axis does to the nodes that follow it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from w2sdl.diff.changes import ChangeClass, Match
from w2sdl.diff.classes import class_of_node, class_of_port, graver
from w2sdl.diff.index import GraphIndex, Group, Place
from w2sdl.diff.values import param_leaves
from w2sdl.graph import AxisInfo, Node
from w2sdl.kinds import Kind


@dataclass(frozen=True, slots=True)
class AxisMatch:
    """An axis of both designs. ``points`` maps A's names of points to B's.

    ``replaced`` is set where no point stayed: then they are paired by their order, so that other
    changes can still be told, and whatever follows the axis differs because of it.
    """

    a: AxisInfo
    b: AxisInfo
    by: str
    points: Mapping[str, str]
    replaced: bool = False

    @property
    def added(self) -> tuple[str, ...]:
        kept = set() if self.replaced else set(self.points.values())
        return tuple(point for point in self.b.points if point not in kept)

    @property
    def removed(self) -> tuple[str, ...]:
        kept = {} if self.replaced else self.points
        return tuple(point for point in self.a.points if point not in kept)


class Axes:
    """The axes of two designs, matched."""

    def __init__(self, a: GraphIndex, b: GraphIndex, to_b: Mapping[str, str]) -> None:
        self._a, self._b, self._to_b = a, b, to_b
        self.matched: dict[str, AxisMatch] = {}  #: by A's name
        self.names: dict[str, str] = {}  #: B's name -> A's
        self._match()

    def _match(self) -> None:
        ones = {axis.name: axis for axis in self._a.graph.axes}
        others = {axis.name: axis for axis in self._b.graph.axes}
        for name in [name for name in ones if name in others]:
            self._join(ones.pop(name), others.pop(name), "name")
        for one, two in list(self._by_use(ones, others)):
            if one in ones and two in others:
                self._join(ones.pop(one), others.pop(two), "structure")

    def _by_use(
        self, ones: Mapping[str, AxisInfo], others: Mapping[str, AxisInfo]
    ) -> Iterator[tuple[str, str]]:
        """Axes that the same parameters of the same bindings follow; equal points count too."""
        if not ones or not others:
            return
        uses = {name: self._uses(self._a, name, self._to_b) for name in ones}
        same = {name: name for name in self._b.groups}
        facing = {name: self._uses(self._b, name, same) for name in others}
        scored = [
            (len(uses[one] & facing[two]), ones[one].texts == others[two].texts, one, two)
            for one in ones
            for two in others
        ]
        for shared, equal, one, two in sorted(scored, key=lambda s: (-s[0], -s[1])):
            if shared or (equal and not uses[one] and not facing[two]):
                yield one, two

    def _uses(self, index: GraphIndex, axis: str, names: Mapping[str, str]) -> set[tuple[str, str]]:
        return {
            (names.get(group.name, ""), path)
            for group in index.groups.values()
            if axis in group.dims
            for path in followers(index, group, axis)
        }

    def _join(self, one: AxisInfo, two: AxisInfo, by: str) -> None:
        points = self._points(one, two)
        replaced = not points
        if replaced:
            points = dict(zip(one.points, two.points, strict=False))
        self.matched[one.name] = AxisMatch(one, two, by, points, replaced)
        self.names[two.name] = one.name

    def _points(self, one: AxisInfo, two: AxisInfo) -> dict[str, str]:
        """By name, then by text, then by the nodes that are computed there."""
        points = {point: point for point in one.points if point in two.points}
        free = [point for point in one.points if point not in points]
        others = [point for point in two.points if point not in points]
        texts = dict(zip(two.points, two.texts, strict=True))
        for point, text in zip(one.points, one.texts, strict=True):
            twin = next((other for other in others if texts[other] == text), None)
            if point in free and twin is not None:
                points[point] = twin
                free.remove(point)
                others.remove(twin)
        if free and others:
            points |= self._same_nodes(one.name, two.name, free, others)
        return points

    def _same_nodes(
        self, axis: str, other: str, free: Sequence[str], others: Sequence[str]
    ) -> dict[str, str]:
        ids = _ids_at(self._a, axis, set(free))
        facing = _ids_at(self._b, other, set(others))
        found: dict[str, str] = {}
        for point in free:
            left = [p for p in others if p not in found.values()]
            best = max(left, key=lambda p: len(ids[point] & facing[p]), default=None)
            if best is not None and ids[point] & facing[best]:
                found[point] = best
        return found

    def matches(self) -> tuple[Match, ...]:
        return tuple(Match(m.a.name, m.b.name, m.by) for m in self.matched.values())


def _ids_at(index: GraphIndex, axis: str, points: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {point: set() for point in points}
    for node in index.nodes.values():
        if node.point.get(axis) in points:
            found[node.point[axis]].add(node.id)
    return found


# -- what follows an axis --------------------------------------------------------------------------


def followers(index: GraphIndex, group: Group, axis: str) -> dict[str, ChangeClass]:
    """The parameters and ports of a binding that an axis sets, with the class of each."""
    key = group.name, axis
    if key not in index.followed:
        index.followed[key] = _followers(index, group, axis)
    return index.followed[key]


def _followers(index: GraphIndex, group: Group, axis: str) -> dict[str, ChangeClass]:
    points = next((a.points for a in index.graph.axes if a.name == axis), ())
    found: dict[str, ChangeClass] = {}
    for line in _lines(group, axis):
        first, *rest = (index.nodes[id_] for id_ in line)
        for node in rest:
            for path, kind in _own_differences(index, first, node):
                found[path] = graver(found.get(path, kind), kind)
    if len(points) == 1:
        text = next(a.texts[0] for a in index.graph.axes if a.name == axis)
        found |= _spelled_like(index, index.nodes[group.first], points[0], text)
    return found


def class_of_axis(index: GraphIndex, axis: str) -> ChangeClass | None:
    """The gravest class of what follows an axis; None where nothing does."""
    found: ChangeClass | None = None
    for group in index.groups.values():
        if axis in group.dims:
            for kind in followers(index, group, axis).values():
                found = graver(found or kind, kind)
    return found


def _lines(group: Group, axis: str) -> Iterator[list[str]]:
    """Nodes that differ in their place on one axis only."""
    lines: dict[Place, list[str]] = defaultdict(list)
    for place, id_ in group.pairs():
        if any(name == axis for name, _ in place):
            lines[tuple(pair for pair in place if pair[0] != axis)].append(id_)
    yield from lines.values()


def _own_differences(index: GraphIndex, x: Node, y: Node) -> Iterator[tuple[str, ChangeClass]]:
    """Where two nodes of one binding differ by themselves, and not only by what they are made from."""
    if x.op != y.op:
        yield "", class_of_node(index, x)
        return
    if x.params != y.params:
        kind = class_of_node(index, x)
        for leaf in param_leaves(x, y, kind, x.kind is Kind.DATA, index.signatures):
            yield leaf.path, leaf.kind
    for port in dict.fromkeys([*x.inputs, *y.inputs]):
        if not _same_port(index, x, y, port):
            yield port, class_of_port(index, x, port)


def _same_port(index: GraphIndex, x: Node, y: Node, port: str) -> bool:
    """Whether the same things stand in a port, but for the coordinates that come from the nodes."""
    ids, others = x.inputs.get(port, ()), y.inputs.get(port, ())
    return len(ids) == len(others) and all(
        id_ == other or _same_thing(index, (x, index.nodes[id_]), (y, index.nodes[other]))
        for id_, other in zip(ids, others, strict=True)
    )


def _same_thing(index: GraphIndex, one: tuple[Node, Node], other: tuple[Node, Node]) -> bool:
    """Whether two inputs, each with its user, are one binding or two calls that are written alike."""
    (_, p), (_, q) = one, other
    if _held(*one) != _held(*other):
        return False
    names, more = index.of_node.get(p.id, ()), index.of_node.get(q.id, ())
    if names or more:
        return bool(set(names) & set(more))
    alike = p.op == q.op and p.key_params == q.key_params and p.inputs.keys() == q.inputs.keys()
    return alike and all(_same_port(index, p, q, port) for port in p.inputs)


def _held(user: Node, node: Node) -> dict[str, str]:
    return {axis: point for axis, point in node.point.items() if user.point.get(axis) != point}


def _spelled_like(index: GraphIndex, node: Node, point: str, text: str) -> dict[str, ChangeClass]:
    """An axis of one point is seen only in that a value is spelled like the point."""
    found: dict[str, ChangeClass] = {}
    kind = class_of_node(index, node)
    for name, value in node.params.items():
        for blank in _blanks(value):
            other = replace(node, params={**node.params, name: blank})
            for leaf in param_leaves(other, node, kind, node.kind is Kind.DATA, index.signatures):
                head = leaf.new.split("(")[0]
                if leaf.new in (text, point) or ("(" in leaf.new and head == text.split("(")[0]):
                    found[leaf.path] = leaf.kind
    return found


def _blanks(value: Any) -> Iterator[Any]:
    """Values that differ from a value as a whole, and in each of its items."""
    yield "\0"
    if isinstance(value, list):
        yield ["\0"] * len(value)
    elif isinstance(value, dict) and "variant" not in value:
        yield dict.fromkeys(value, "\0")
