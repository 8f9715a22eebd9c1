"""How two nodes that answer to each other differ by themselves: operation, parameters, wiring.

Inputs are compared through the pairs of nodes, so that a changed parent is no difference here.
Calls without a name are parts of the binding they stand in: their differences are seen from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from w2sdl.diff.changes import ChangeClass, Form
from w2sdl.diff.classes import class_of_node, class_of_port, graver
from w2sdl.diff.contents import ContentPair
from w2sdl.diff.index import GraphIndex
from w2sdl.diff.pairs import Pairs
from w2sdl.diff.values import NOT_GIVEN, PART, Leaf, order_leaf, param_leaves
from w2sdl.diff.words import call_text, inputs_text, spread_text
from w2sdl.graph import Node
from w2sdl.kinds import COERCIONS, Kind
from w2sdl.operational_text import needs_text, retry_text
from w2sdl.syntax.quantities import duration_text

Taken = frozenset[tuple[str, str]]
_NONE: frozenset[str] = frozenset()


class Differ:
    """Compares nodes pair by pair; each pair once."""

    def __init__(self, a: GraphIndex, b: GraphIndex, pairs: Pairs, contents: ContentPair) -> None:
        self.a, self.b, self.pairs, self.contents = a, b, pairs, contents
        self.met: set[tuple[str, str]] = set()  #: pairs of nodes without a matched name
        self.direct_a: set[str] = set()  #: nodes at which a difference is
        self.direct_b: set[str] = set()
        self._memo: dict[tuple[str, str, Taken], tuple[Leaf, ...]] = {}

    def leaves(self, x: Node, y: Node, taken: Taken = frozenset()) -> tuple[Leaf, ...]:
        """Differences of two nodes. Pairs in ``taken`` count as equal: they were reported before."""
        if (x.id, y.id) in taken or (self.pairs.same(x.id, y.id) and _runs_alike(x, y)):
            return ()
        key = (x.id, y.id, taken)
        if key not in self._memo:
            self._memo[key] = ()  # a hand-made graph with a loop must not hang
            self._memo[key] = tuple(dict.fromkeys(self._leaves(x, y, taken)))
        return self._memo[key]

    def _leaves(self, x: Node, y: Node, taken: Taken) -> Iterator[Leaf]:
        own = list(self._own(x, y))
        if own:
            self._mark(x, y)
        yield from own
        if x.op != y.op or self.pairs.same(x.id, y.id):
            return
        for port in dict.fromkeys([*x.inputs, *y.inputs]):
            yield from self._port(x, y, port, taken)

    def _mark(self, x: Node, y: Node) -> None:
        self.direct_a.add(x.id)
        self.direct_b.add(y.id)

    def _own(self, x: Node, y: Node) -> Iterator[Leaf]:
        kind = graver(class_of_node(self.a, x), class_of_node(self.b, y))
        if x.op != y.op:
            yield Leaf("", call_text(self.a, x), call_text(self.b, y), kind, f"{x.op}/{y.op}")
            return
        of_data = x.kind is Kind.DATA
        if x.op == PART and x.params != y.params:
            # A part is spelled as a field, `d.test`: it is named, and has no parameter to speak of.
            yield Leaf("", call_text(self.a, x), call_text(self.b, y), kind, x.op)
            return
        for leaf in param_leaves(x, y, kind, of_data, self.b.signatures):
            named = leaf.path in x.sources and leaf.path in y.sources
            if named and self.contents.same(x, y, leaf.path):
                yield replace(leaf, kind=ChangeClass.COSMETIC)  # the file moved
            else:
                yield leaf
        yield from self.contents.leaves(x, y, kind, self.b.signatures)
        order = order_leaf(x, y, ChangeClass.SAMPLING if of_data else kind)
        if order is not None:
            yield order
        for path, old, new in run_differences(x, y):
            yield Leaf(path, old or NOT_GIVEN, new or NOT_GIVEN, ChangeClass.OPERATIONAL, x.op)

    def _port(self, x: Node, y: Node, port: str, taken: Taken) -> Iterator[Leaf]:
        ones = [id_ for id_ in x.inputs.get(port, ()) if id_ not in self.pairs.gone]
        others = [id_ for id_ in y.inputs.get(port, ()) if id_ not in self.pairs.new]
        kind = graver(class_of_port(self.a, x, port), class_of_port(self.b, y, port))
        if len(ones) == len(others):
            compared = [self._input(p, q, kind, taken) for p, q in zip(ones, others, strict=True)]
            if None not in compared:
                yield from (leaf.below(port) for found in compared for leaf in found or ())
                return
        if self._answer(ones, others):
            if len(ones) == len(others):
                self._mark(x, y)
                yield self._reordered(x, y, port, (ones, others))
            return
        self._mark(x, y)
        old = inputs_text(self.a, x, ones, self._known_a)
        new = inputs_text(self.b, y, others, self._known_b)
        if old == new:  # other points of one binding
            old, new = spread_text(self.a, x, ones), spread_text(self.b, y, others)
        form = Form.CHANGED if ones and others else Form.REMOVED if ones else Form.ADDED
        yield Leaf(port, old or NOT_GIVEN, new or NOT_GIVEN, kind, x.op, form)

    def _input(
        self, one: str, other: str, kind: ChangeClass, taken: Taken
    ) -> tuple[Leaf, ...] | None:
        """Differences inside an input, () where it is the same, None where it is another one."""
        if (one, other) in taken:
            return ()
        named = one in self.pairs.held_a or other in self.pairs.held_b
        if self.pairs.answer(one, other):
            return () if named else self.leaves(self.a.nodes[one], self.b.nodes[other])
        if named:
            return None
        p, q = self.a.nodes[one], self.b.nodes[other]
        if p.op != q.op:
            return None
        self.met.add((one, other))
        inner = self.leaves(p, q, taken)
        if not inner or not self._is_phrase(p):
            return inner
        if p.op in COERCIONS.values() or inner[0].op == PART:  # what it reads says all
            return (Leaf("", inner[0].old, inner[0].new, kind, inner[0].op),)
        return (Leaf("", p.name, q.name, kind, p.op),)

    def _is_phrase(self, node: Node) -> bool:
        """Whether a call only points at rows, as ``gold(d.test)`` does: it is shown as a whole."""
        return node.inline and all(
            id_ in self.pairs.held_a or self._is_phrase(self.a.nodes[id_]) for id_ in node.parents()
        )

    def _answer(self, ones: Sequence[str], others: Sequence[str]) -> bool:
        """Whether two lists hold the same things, in whatever order and however often.

        Where an axis that they run over came or went, their lengths differ.
        """
        if not ones or not others:
            return not ones and not others
        some, more = set(ones), set(others)
        here = all(x in more or self.pairs.b_of.get(x, _NONE) & more for x in some)
        return here and all(y in some or self.pairs.a_of.get(y, _NONE) & some for y in more)

    def _reordered(
        self, x: Node, y: Node, port: str, ids: tuple[Sequence[str], Sequence[str]]
    ) -> Leaf:
        """A list that runs over an axis is the same in any order, up to rounding; another may not be."""
        one_thing = len({self.a.nodes[id_].name for id_ in ids[0]}) == 1
        kind = ChangeClass.OPERATIONAL if one_thing else class_of_port(self.b, y, port)
        old, new = spread_text(self.a, x, ids[0]), spread_text(self.b, y, ids[1])
        return Leaf(f"{port} (order)", old, new, kind, x.op)

    def _known_a(self, id_: str) -> bool:
        return id_ in self.pairs.held_a or id_ in self.b.nodes

    def _known_b(self, id_: str) -> bool:
        return id_ in self.pairs.held_b or id_ in self.a.nodes


def _runs_alike(x: Node, y: Node) -> bool:
    """Whether nodes of one identity are alike in what leaves results the same, too."""
    return x.params == y.params and not run_differences(x, y)


def run_differences(x: Node, y: Node) -> list[tuple[str, str, str]]:
    """What differs in how two nodes are run: what of it, before, after."""
    return [
        (name, old, new)
        for (name, old), new in zip(_run(x).items(), _run(y).values(), strict=True)
        if old != new
    ]


def _run(node: Node) -> dict[str, str]:
    resources = needs_text(node.needs)
    return {
        "needs": f"{resources}, a GPU where there is one" if node.wants_gpu else resources,
        "retry": retry_text(node.retry) if node.retry else "",
        "timeout": duration_text(node.timeout) if node.timeout else "",
    }
