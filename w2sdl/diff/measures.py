"""Which measure of A is which of B, and what differs in how it measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from w2sdl.diff.axes import Axes
from w2sdl.diff.changes import Match
from w2sdl.diff.index import GraphIndex, Group
from w2sdl.diff.match import GroupMatcher
from w2sdl.diff.words import listed
from w2sdl.graph import MeasureTable, Node
from w2sdl.kinds import Kind

_MODELS = (Kind.MODEL, Kind.PREDICTOR)
_CHOICES = 8  #: ways to name a thing that are tried


@dataclass(frozen=True, slots=True)
class MeasurePair:
    """A measure of both designs. ``ofs`` maps what A measures to what B does, as texts."""

    a: MeasureTable
    b: MeasureTable
    by: str
    ofs: Mapping[str, str] = field(default_factory=dict)

    def match(self) -> Match:
        return Match(self.a.name, self.b.name, self.by)


class Measures:
    """The measures of two designs, matched."""

    def __init__(self, a: GraphIndex, b: GraphIndex, groups: GroupMatcher, axes: Axes) -> None:
        self._a, self._b = a, b
        self._tokens_a = _Tokens(a, groups.to_b, axes)
        self._tokens_b = _Tokens(b, {name: name for name in groups.to_a}, None)
        self.pairs: dict[str, MeasurePair] = {}  #: by A's name
        self.only_a: list[MeasureTable] = []
        self.only_b: list[MeasureTable] = []
        self._match()

    def _match(self) -> None:
        ones, others = list(self._a.graph.measures), list(self._b.graph.measures)
        for by, same in (
            ("identity", lambda a, b: a.name == b.name and _nodes(a) == _nodes(b)),
            ("structure", lambda a, b: _nodes(a) == _nodes(b)),
            ("name", lambda a, b: a.name == b.name),
            ("structure", self._alike),
        ):
            for one in list(ones):
                two = next((other for other in others if same(one, other)), None)
                if two is not None:
                    self.pairs[one.name] = MeasurePair(one, two, by, self._ofs(one, two))
                    ones.remove(one)
                    others.remove(two)
        self.only_a, self.only_b = ones, others

    def _alike(self, one: MeasureTable, two: MeasureTable) -> bool:
        """The same metric of the same things, at least one of them."""
        if one.op != two.op or not one.cells or not two.cells:
            return False
        if one.cells[0].of:
            return bool(self._ofs(one, two))
        x, y = self._a.nodes[one.cells[0].node], self._b.nodes[two.cells[0].node]
        return bool(self._tokens_a.scored(x) & self._tokens_b.scored(y))

    def _ofs(self, one: MeasureTable, two: MeasureTable) -> dict[str, str]:
        """What both measure, recognised by the nodes and not by the text."""
        if not one.cells or not two.cells or not one.cells[0].of:
            return {"": ""}
        ones = {of: self._tokens_a.scored(self._a.nodes[n]) for of, n in _first_cells(one).items()}
        free = {of: self._tokens_b.scored(self._b.nodes[n]) for of, n in _first_cells(two).items()}
        found: dict[str, str] = {}
        for same_text in (
            True,
            False,
        ):  # merged nodes have several names: the same one is preferred
            for of in [of for of in ones if of not in found]:
                fits = (o for o in free if ones[of] & free[o] and (o == of or not same_text))
                twin = next(fits, None)
                if twin is not None:
                    found[of] = twin
                    del free[twin]
        return found


def _nodes(table: MeasureTable) -> frozenset[str]:
    return frozenset(cell.node for cell in table.cells)


def _first_cells(table: MeasureTable) -> dict[str, str]:
    first: dict[str, str] = {}
    for cell in table.cells:
        first.setdefault(cell.of, cell.node)
    return first


def cells_as_group(table: MeasureTable, of: str) -> Group:
    """The numbers of one measured thing, as a group of nodes."""
    group = Group(table.name, "", Kind.METRIC)
    for cell in table.cells:
        if cell.of == of:
            group.slots.setdefault(tuple(cell.point.items()), []).append(cell.node)
    return group


def measure_text(table: MeasureTable) -> str:
    """A measure as a spec spells it."""
    named = [
        text if name == "scored" or not name else f"{name}: {text}"
        for name, text in table.arguments.items()
    ]
    named += [f"over: {listed(table.over)}"] if table.over else []
    return f"{table.op}({', '.join(named)}) on {table.on}"


class _Tokens:
    """What a metric scores, in words that both designs share."""

    def __init__(self, index: GraphIndex, known: Mapping[str, str], axes: Axes | None) -> None:
        self._index, self._known, self._axes = index, known, axes

    def scored(self, metric: Node) -> frozenset[str]:
        """Everything that comes into a metric node but the truth it is compared with."""
        truth = set(self._index.on_inputs(metric))
        ports = [
            [f"{port}: {text}" for text in self._one(metric, ids[0])]
            for port, ids in metric.inputs.items()
            if ids and not truth.issuperset(ids)
        ]
        return frozenset(_combined(ports))

    def _one(self, user: Node, id_: str) -> list[str]:
        """What an input may be called: a merged node has several names."""
        node = self._index.nodes[id_]
        held = json.dumps(sorted(self._point(user, node)))
        names = [self._known[n] for n in self._index.of_node.get(id_, ()) if n in self._known]
        if names:
            return [f"{name} {held}" for name in names]
        makers: Sequence[str] = tuple(node.parents())
        if node.kind is Kind.LABELS:  # which rows it labels is said by `on`
            makers = [p for p in makers if self._index.nodes[p].kind in _MODELS] or makers
        own = json.dumps(dict(node.key_params), sort_keys=True)
        inner = _combined([self._one(node, maker) for maker in makers])
        return [f"{node.op} {own} {held} ({text})" for text in inner]

    def _point(self, user: Node, node: Node) -> Iterator[tuple[str, str]]:
        for axis, point in node.point.items():
            if user.point.get(axis) == point:
                continue
            match = self._axes.matched.get(axis) if self._axes is not None else None
            yield (match.b.name, match.points.get(point, point)) if match else (axis, point)


def _combined(choices: Sequence[Sequence[str]]) -> list[str]:
    """One text for each way to choose, the first few."""
    return ["; ".join(chosen) for chosen in islice(product(*choices), _CHOICES)]
