"""Changes of bindings: where each begins, without what an axis explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from w2sdl.diff.axes import followers
from w2sdl.diff.changes import Change, ChangeClass, Form, Subject
from w2sdl.diff.classes import class_of_node
from w2sdl.diff.compared import Compared
from w2sdl.diff.gather import Found, change, changes_of, units_of
from w2sdl.diff.index import GraphIndex, Group, Place
from w2sdl.diff.pairs import GroupPair
from w2sdl.diff.values import Leaf
from w2sdl.diff.words import binding_text

_LIGHT_ROLES = ("", "data")  #: declaring data as such changes nothing


def binding_changes(compared: Compared) -> list[Change]:
    """All changes of all bindings."""
    units = [
        unit
        for pair in compared.pairs.groups
        for unit in units_of(
            pair.b.name,
            pair.b.kind,
            pair.b.role,
            _found(compared, pair),
            [place for place, _, _ in pair.nodes],
        )
    ]
    named = [c for pair in compared.pairs.groups for c in _names_and_roles(compared, pair)]
    return [*changes_of(units, compared), *named, *_unmatched(compared)]


def _found(compared: Compared, pair: GroupPair) -> list[Found]:
    """The leaves of a pair of bindings, each with the points at which it holds."""
    found: dict[Leaf, Found] = {}
    for place, x, y in pair.nodes:
        for leaf in compared.differ.leaves(compared.a.nodes[x], compared.b.nodes[y]):
            item = found.setdefault(leaf, Found(leaf))
            item.places.append(place)
            item.ones.append(x)
            item.others.append(y)
    return _Explainer(compared, pair).sift(found.values())


class _Explainer:
    """Takes out what an axis explains, and says "varies with" where one side follows an axis."""

    def __init__(self, compared: Compared, pair: GroupPair) -> None:
        self.compared, self.pair = compared, pair

    def of_a(self, axis: str) -> Mapping[str, object]:
        """What follows an axis in A."""
        return followers(self.compared.a, self.pair.a, axis)

    def of_b(self, axis: str) -> Mapping[str, object]:
        """What follows an axis in B."""
        return followers(self.compared.b, self.pair.b, axis)

    def sift(self, found: Iterable[Found]) -> list[Found]:
        by_path: dict[str, list[Found]] = defaultdict(list)
        for item in found:
            if not self._explained(item.leaf):
                by_path[item.leaf.path].append(item)
        sifted: list[Found] = []
        for path, items in by_path.items():
            if path == "" and len(items) > 1 and len({item.leaf.op for item in items}) == 1:
                sifted.append(self._whole(items))
            else:
                sifted += [self._varying(path, items)] if self._turns(path, items) else items
        return sifted

    def _whole(self, items: list[Found]) -> Found:
        """Another operation at all points: the binding's text, with the axes that it follows."""
        old = binding_text(self.compared.a, self.pair.a)
        new = binding_text(self.compared.b, self.pair.b)
        first = items[0].leaf
        return _joined(Leaf("", old, new, first.kind, first.op), items)

    def _explained(self, leaf: Leaf) -> bool:
        axes = self.compared.axes
        for axis in self.pair.lost:
            if axis not in axes.matched and _follows(leaf.path, self.of_a(axis)):
                return True
        for axis in self.pair.gained:
            if axis not in axes.names and _follows(leaf.path, self.of_b(axis)):
                return True
        for match in axes.matched.values():
            if match.replaced:
                if _follows(leaf.path, self.of_a(match.a.name)):
                    return True
                if _follows(leaf.path, self.of_b(match.b.name)):
                    return True
        return False

    def _turns(self, path: str, items: list[Found]) -> bool:
        """Whether a value follows an axis on one side only."""
        if len(items) == 1 and not (self.pair.lost or self.pair.gained):
            return False
        mapped = {self.compared.axes.names.get(axis, axis) for axis in self._axes_b(path)}
        return set(self._axes_a(path)) != mapped

    def _axes_a(self, path: str) -> list[str]:
        return [axis for axis in self.pair.a.dims if _follows(path, self.of_a(axis))]

    def _axes_b(self, path: str) -> list[str]:
        return [axis for axis in self.pair.b.dims if _follows(path, self.of_b(axis))]

    def _varying(self, path: str, items: list[Found]) -> Found:
        first = items[0].leaf
        ones, others = self._axes_a(path), self._axes_b(path)
        old = ", ".join(ones) if ones else first.old
        new = ", ".join(others) if others else first.new
        return _joined(Leaf(path, old, new, first.kind, first.op), items, self._everywhere())

    def _everywhere(self) -> list[Place]:
        return [place for place, _, _ in self.pair.nodes]


def _joined(leaf: Leaf, items: list[Found], places: list[Place] | None = None) -> Found:
    whole = Found(leaf, places or [place for item in items for place in item.places])
    for item in items:
        whole.ones += item.ones
        whole.others += item.others
    return whole


def _follows(path: str, followed: Iterable[str]) -> bool:
    return any(_within(path, other) or _within(other, path) for other in followed)


def _within(path: str, other: str) -> bool:
    return path == other or (path.startswith(other) and path[len(other) :][:1] in (".", "[", " "))


def _names_and_roles(compared: Compared, pair: GroupPair) -> Iterator[Change]:
    one, two = pair.a, pair.b
    if one.name != two.name:
        yield change(
            ChangeClass.COSMETIC,
            Form.RENAMED,
            Subject.BINDING,
            two.name,
            old=one.name,
            new=two.name,
        )
    if one.role != two.role:
        light = one.role in _LIGHT_ROLES and two.role in _LIGHT_ROLES
        kind = ChangeClass.COSMETIC if light else ChangeClass.FACTOR
        affects = compared.affected(one.ids, two.ids)
        yield change(
            kind,
            Form.CHANGED,
            Subject.BINDING,
            two.name,
            what="role",
            old=one.role or "none",
            new=two.role or "none",
            unit=f"{two.name}.role",
            affects=affects,
            unread=compared.measured and not affects,
        )


def _unmatched(compared: Compared) -> Iterator[Change]:
    """Bindings that only one design has, unless what uses them says so already."""
    met_a = {x for x, _ in compared.differ.met}
    met_b = {y for _, y in compared.differ.met}
    sides = [
        (compared.a, compared.groups.to_b, compared.b, met_a, Form.REMOVED),
        (compared.b, compared.groups.to_a, compared.a, met_b, Form.ADDED),
    ]
    for index, matched, other, met, form in sides:
        used = {parent for node in index.nodes.values() for parent in node.parents()}
        for group in index.groups.values():
            if group.name in matched:
                continue
            if group.ids <= (met | other.nodes.keys()):
                yield _text_change(index, group, form, ChangeClass.COSMETIC)
            elif not group.ids & (used | index.measured):
                kind = class_of_node(index, index.nodes[group.first])
                yield _text_change(index, group, form, kind, bool(index.graph.measures))


def _text_change(
    index: GraphIndex, group: Group, form: Form, kind: ChangeClass, unread: bool = False
) -> Change:
    text = binding_text(index, group)
    old, new = (text, "") if form is Form.REMOVED else ("", text)
    return change(kind, form, Subject.BINDING, group.name, old=old, new=new, unread=unread)
