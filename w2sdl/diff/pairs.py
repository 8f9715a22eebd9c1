"""Which node of A answers to which node of B: the points of matched bindings laid side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from w2sdl.diff.axes import Axes
from w2sdl.diff.index import GraphIndex, Group, Place

_Key = Callable[[Place, frozenset[str]], Place | None]


@dataclass(slots=True)
class GroupPair:
    """Two matched bindings with their nodes side by side.

    ``lost`` and ``gained`` are axes that only one of them varies over (by their own names). Nodes at
    points that the other design does not have are ``new`` or ``gone``.
    """

    a: Group
    b: Group
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    nodes: list[tuple[Place, str, str]] = field(
        default_factory=list
    )  #: (B's point, A's id, B's id)
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


class Pairs:
    """All pairs of nodes. A node may be in several: merged ones, and those of a lost axis."""

    def __init__(
        self,
        a: GraphIndex,
        b: GraphIndex,
        axes: Axes,
        to_b: Mapping[str, str],
        tainted: frozenset[str] = frozenset(),
    ) -> None:
        self.tainted = tainted  #: of one identity, but of other contents
        self._axes = axes
        self._kept = {name: frozenset(m.points.values()) for name, m in axes.matched.items()}
        to_a = {other: name for name, other in to_b.items()}
        self.groups = [
            self.pair(a.groups[to_a[name]], b.groups[name]) for name in b.groups if name in to_a
        ]
        self.b_of: dict[str, set[str]] = defaultdict(set)  #: the nodes of B that a node of A is
        self.a_of: dict[str, set[str]] = defaultdict(set)
        for pair in self.groups:
            for _, x, y in pair.nodes:
                self.b_of[x].add(y)
                self.a_of[y].add(x)
        self.held_a = frozenset(x for pair in self.groups for x in pair.a.ids)  #: matched by a name
        self.held_b = frozenset(y for pair in self.groups for y in pair.b.ids)
        gone = {x for pair in self.groups for x in pair.gone if x not in self.b_of}
        new = {y for pair in self.groups for y in pair.new if y not in self.a_of}
        #: nodes at points that only one design has, those without a name among them
        self.gone = gone | _unnamed_alone(a, b, self.held_a, self._key_a)
        self.new = new | _unnamed_alone(b, a, self.held_b, self._key_b)

    def answer(self, one: str, other: str) -> bool:
        """Whether two nodes are one, or answer to each other by name and point."""
        return self.same(one, other) or other in self.b_of.get(one, ())

    def same(self, one: str, other: str) -> bool:
        """Whether two nodes are one: they compute the same from the same contents."""
        return one == other and one not in self.tainted

    def pair(self, one: Group, two: Group) -> GroupPair:
        """The nodes of two groups side by side, by their points."""
        dims_a = {axis for axis in one.dims if axis in self._axes.matched}
        dims_b = {self._axes.names[axis] for axis in two.dims if axis in self._axes.names}
        common = frozenset(dims_a & dims_b)
        lost = tuple(axis for axis in one.dims if axis not in common)
        gained = tuple(axis for axis in two.dims if self._axes.names.get(axis) not in common)
        pair = GroupPair(one, two, lost, gained)
        lines_a: dict[Place, list[str]] = defaultdict(list)
        lines_b: dict[Place, list[tuple[Place, str]]] = {}
        for place, id_ in one.pairs():
            key = self._key_a(place, common)
            if key is None:
                pair.gone.append(id_)
            else:
                lines_a[key].append(id_)
        for place, id_ in two.pairs():
            key = self._key_b(place, common)
            if key is None:
                pair.new.append(id_)
            else:
                lines_b.setdefault(key, []).append((place, id_))
        for key, others in lines_b.items():
            _lay(pair, lines_a.pop(key, []), others)
        pair.gone += [id_ for ids in lines_a.values() for id_ in ids]
        return pair

    def _key_a(self, place: Place, common: frozenset[str]) -> Place | None:
        """A point in B's names of points, for the axes that both vary over; None if it is gone."""
        key = []
        for axis, point in place:
            matched = self._axes.matched.get(axis)
            if matched is not None and point not in matched.points:
                return None
            if matched is not None and axis in common:
                key.append((axis, matched.points[point]))
        return tuple(sorted(key))

    def _key_b(self, place: Place, common: frozenset[str]) -> Place | None:
        key = []
        for axis, point in place:
            name = self._axes.names.get(axis)
            if name is not None and point not in self._kept[name]:
                return None
            if name is not None and name in common:
                key.append((name, point))
        return tuple(sorted(key))


def _unnamed_alone(
    index: GraphIndex, other: GraphIndex, held: frozenset[str], key: _Key
) -> frozenset[str]:
    return frozenset(
        node.id
        for node in index.nodes.values()
        if node.point
        and node.id not in held
        and node.id not in other.nodes
        and key(tuple(node.point.items()), frozenset()) is None
    )


def _lay(pair: GroupPair, ones: list[str], others: list[tuple[Place, str]]) -> None:
    """Lay nodes of one point side by side; on a lost or gained axis one answers to many."""
    if not ones:
        pair.new += [id_ for _, id_ in others]
        return
    if pair.lost or pair.gained:
        place, first = others[0]
        pair.nodes += [(here, ones[0], id_) for here, id_ in others]
        pair.nodes += [(place, id_, first) for id_ in ones[1:]]
        return
    left = list(ones)
    late: list[tuple[Place, str]] = []
    for place, id_ in others:
        if id_ in left:
            left.remove(id_)
            pair.nodes.append((place, id_, id_))
        else:
            late.append((place, id_))
    pair.nodes += [(place, one, id_) for one, (place, id_) in zip(left, late, strict=False)]
    pair.gone += left[len(late) :]
    pair.new += [id_ for _, id_ in late[len(left) :]]
