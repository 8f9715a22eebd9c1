"""Two graphs laid side by side: what the stages that look for changes share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from w2sdl.diff.axes import Axes
from w2sdl.diff.contents import ContentPair
from w2sdl.diff.index import GraphIndex
from w2sdl.diff.local import Differ
from w2sdl.diff.match import GroupMatcher
from w2sdl.diff.measures import Measures
from w2sdl.diff.pairs import Pairs
from w2sdl.graph import Graph
from w2sdl.signature import Signatures


@dataclass(frozen=True, slots=True)
class Compared:
    """Indexes, matches and pairs of two graphs."""

    a: GraphIndex
    b: GraphIndex
    groups: GroupMatcher
    axes: Axes
    pairs: Pairs
    differ: Differ
    measures: Measures

    def affected(self, ones: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
        """The measures that some nodes of A and of B reach, by B's names, in its order."""
        found = set(self.b.measures_after(others))
        for name in self.a.measures_after(ones):
            pair = self.measures.pairs.get(name)
            found.add(pair.b.name if pair else name)
        order = [table.name for table in (*self.b.graph.measures, *self.a.graph.measures)]
        return tuple(name for name in dict.fromkeys(order) if name in found)

    @property
    def measured(self) -> bool:
        """Whether either design measures anything."""
        return bool(self.a.graph.measures or self.b.graph.measures)


def lay_side_by_side(a: Graph, b: Graph, signatures: Signatures, contents: ContentPair) -> Compared:
    """Match two graphs: bindings, then axes, then nodes, then measures."""
    one, two = GraphIndex(a, signatures), GraphIndex(b, signatures)
    groups = GroupMatcher(one, two)
    groups.run()
    axes = Axes(one, two, groups.to_b)
    pairs = Pairs(one, two, axes, groups.to_b, contents.tainted(one, two))
    differ = Differ(one, two, pairs, contents)
    measures = Measures(one, two, groups, axes)
    return Compared(one, two, groups, axes, pairs, differ, measures)
