"""Which binding of A is which of B: by role, then by name, then by structure and position.

Nothing here says what changed; a pair may differ in everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from w2sdl.diff.index import GraphIndex, Group
from w2sdl.graph import Node
from w2sdl.keys import tagged_hash
from w2sdl.kinds import Kind
from w2sdl.signature import SeedOf

_ROUNDS = 20  #: chains of renamed and changed bindings that are followed
_SHARE = 0.5  #: of its nodes that a renamed binding must share with the other


class GroupMatcher:
    """Matches groups step by step; a pair once made stays."""

    def __init__(self, a: GraphIndex, b: GraphIndex) -> None:
        self.a, self.b = a, b
        self.to_b: dict[str, str] = {}
        self.to_a: dict[str, str] = {}
        self.by: dict[str, str] = {}

    def run(self) -> None:
        """All steps, the surest first."""
        self._same_names(identical=True)
        self._roles()
        self._positions(sure=True)
        self._identity()
        self._same_names(identical=False)
        for _ in range(_ROUNDS):
            before = len(self.to_b)
            if before in (len(self.a.groups), len(self.b.groups)):
                break
            self._structure()
            self._positions(sure=False)
            if len(self.to_b) == before:
                break

    # -- the steps ---------------------------------------------------------------------------------

    def _same_names(self, identical: bool) -> None:
        for name, group in self.a.groups.items():
            other = self.b.groups.get(name)
            if other is None or not self._free(group, other):
                continue
            if not identical:
                self._join(group, other, "name")
            elif group.ids & other.ids:
                self._join(group, other, "identity")

    def _roles(self) -> None:
        """The only one in a role is the same one, unless a name lives on and fits better."""
        holders = [_by_role(index) for index in (self.a, self.b)]
        for role in sorted(holders[0].keys() & holders[1].keys(), key=_role_order):
            ones, others = holders[0][role], holders[1][role]
            if not (len(ones) == len(others) == 1 and self._free(ones[0], others[0])):
                continue
            if not self._names_fit_better(ones[0], others[0]):
                self._join(ones[0], others[0], "role")

    def _names_fit_better(self, group: Group, other: Group) -> bool:
        """Whether either lives on under its own name, and is more like that one."""
        if group.name == other.name:
            return False
        own = self.likeness(group, other)
        namesake, inverse = self.b.groups.get(group.name), self.a.groups.get(other.name)
        return any(
            one is not None and two is not None and self.likeness(one, two) > own
            for one, two in ((group, namesake), (inverse, other))
        )

    def _identity(self) -> None:
        """Renamed, and nothing else: they compute the same nodes."""
        shared: Counter[tuple[str, str]] = Counter()
        for id_, names in self.a.of_node.items():
            for name in names:
                for other in self.b.of_node.get(id_, ()):
                    if self._free(self.a.groups[name], self.b.groups[other]):
                        shared[name, other] += 1
        for (name, other), count in shared.most_common():
            one, two = self.a.groups[name], self.b.groups[other]
            enough = count >= _SHARE * min(len(one.ids), len(two.ids))
            if enough and self._free(one, two):
                self._join(one, two, "structure")

    def _structure(self) -> None:
        """Renamed, with other parents: equal in all of its own, and made from what is matched."""
        forms = [_Forms(self.a, self.to_b), _Forms(self.b, {name: name for name in self.to_a})]
        free: list[dict[str, list[Group]]] = []
        for index, form, done in zip((self.a, self.b), forms, (self.to_b, self.to_a), strict=True):
            found: dict[str, list[Group]] = defaultdict(list)
            for group in index.groups.values():
                if group.name not in done:
                    found[form.of(group)].append(group)
            free.append(found)
        for own, ones in free[0].items():
            for one, two in zip(ones, free[1].get(own, ()), strict=False):
                if self._free(one, two):
                    self._join(one, two, "structure")

    def _positions(self, sure: bool) -> None:
        """What stands in the same port of a matched pair; ``sure`` wants it to look the same too."""
        todo = list(self.to_b.items())
        seen: set[tuple[str, str]] = set()
        while todo:
            name, other = todo.pop()
            nodes = (
                self.a.nodes[self.a.groups[name].first],
                self.b.nodes[self.b.groups[other].first],
            )
            for one, two in list(self._facing(*nodes, seen)):
                if not self._free(one, two):
                    continue
                if self._looks_same(one, two) if sure else self._same_op(one, two):
                    self._join(one, two, "name" if one.name == two.name else "position")
                    todo.append((one.name, two.name))

    def _facing(
        self, x: Node, y: Node, seen: set[tuple[str, str]]
    ) -> Iterator[tuple[Group, Group]]:
        """Named inputs that face each other, through calls without a name."""
        if x.id == y.id or (x.id, y.id) in seen:
            return
        seen.add((x.id, y.id))
        for port, ids in x.inputs.items():
            others = y.inputs.get(port, ())
            if not ids or not others:
                continue
            names, facing = self.a.of_node.get(ids[0], ()), self.b.of_node.get(others[0], ())
            if len(names) == len(facing) == 1:
                yield self.a.groups[names[0]], self.b.groups[facing[0]]
            elif not names and not facing:
                p, q = self.a.nodes[ids[0]], self.b.nodes[others[0]]
                if p.op == q.op:
                    yield from self._facing(p, q, seen)

    # -- what is asked of a pair -------------------------------------------------------------------

    def _free(self, one: Group, two: Group) -> bool:
        unmatched = one.name not in self.to_b and two.name not in self.to_a
        return unmatched and _kinds_fit(one.kind, two.kind)

    def _join(self, one: Group, two: Group, by: str) -> None:
        self.to_b[one.name], self.to_a[two.name] = two.name, one.name
        self.by[one.name] = by

    def _looks_same(self, one: Group, two: Group) -> bool:
        return one.name == two.name or bool(one.ids & two.ids) or self.likeness(one, two) == 1.0

    def _same_op(self, one: Group, two: Group) -> bool:
        return self.a.nodes[one.first].op == self.b.nodes[two.first].op

    def likeness(self, one: Group, two: Group) -> float:
        """Share of the parameters and inputs that are equal, judged at the first point of each."""
        x, y = self.a.nodes[one.first], self.b.nodes[two.first]
        if x.op != y.op:
            return 0.0
        if x.id == y.id:
            return 1.0
        names = x.params.keys() | y.params.keys()
        same = sum(x.params.get(name) == y.params.get(name) for name in names)
        ports = x.inputs.keys() | y.inputs.keys()
        for port in ports:
            ids, others = x.inputs.get(port, ()), y.inputs.get(port, ())
            texts = [self.a.nodes[id_].name for id_ in ids]
            same += ids == others or texts == [self.b.nodes[id_].name for id_ in others]
        return float(same) / max(len(names) + len(ports), 1)


def _by_role(index: GraphIndex) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = defaultdict(list)
    for group in index.groups.values():
        for role in group.roles:
            found[role].append(group)
    return found


def _role_order(role: str) -> tuple[bool, str]:
    """Declared roles first: a port may hold anything, a declaration was meant."""
    return not role.startswith("declared"), role


def _kinds_fit(one: Kind, two: Kind) -> bool:
    models = (Kind.MODEL, Kind.PREDICTOR)
    return one is two or (one in models and two in models)


class _Forms:
    """What a group is in itself: its operation and parameters but seeds, and the forms of its inputs."""

    def __init__(self, index: GraphIndex, known: Mapping[str, str]) -> None:
        self._index = index
        self._known = known  #: groups that are matched -> the name by which both sides call them
        self._forms: dict[str, str] = {}
        for node in index.graph.order():  # parents come first, so nothing here recurses
            self._forms[node.id] = self._own(node)

    def of(self, group: Group) -> str:
        """Equal for groups that are equal in structure."""
        inputs = self._inputs(self._index.nodes[group.first])
        points = sorted({self._params(self._index.nodes[id_]) for id_ in group.ids})
        return tagged_hash("form.1", [group.kind.value, points, inputs])

    def _own(self, node: Node) -> str:
        matched = [
            self._known[name]
            for name in self._index.of_node.get(node.id, ())
            if name in self._known
        ]
        if matched:
            return f"the matched {min(matched)}"
        return tagged_hash("form.1", [self._params(node), self._inputs(node)])

    def _inputs(self, node: Node) -> dict[str, list[str]]:
        return {
            port: list(dict.fromkeys(self._forms[id_] for id_ in ids))
            for port, ids in node.inputs.items()
        }

    def _params(self, node: Node) -> str:
        op = self._index.signatures.ops.get(node.op)
        seeds = {p.name for p in op.params if isinstance(p.type, SeedOf)} if op else {"seed"}
        params = {name: value for name, value in node.key_params.items() if name not in seeds}
        return tagged_hash("form.1", [node.op, node.version, params])
