"""A part of a graph, by name: `+S'` is S' and all that it is made from, `S'+` all that is made of it.

A value may hold several, with spaces between them; all add up. A name is a binding, a measure, an
address, a part of one (`S'[seed=0]`), a pattern with `*` and `?`, or `state:modified`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from w2sdl.addresses import near_addresses, split_address
from w2sdl.graph import Graph, Node
from w2sdl.messages.suggest import nearest_names
from w2sdl.planning.plan import Plan
from w2sdl.planning.reasons import CHANGES, Reason
from w2sdl.roles import base_name

_STATE = "state:"
#: What a plan knows of nodes, by the reasons that make it so.
STATES: Mapping[str, frozenset[Reason]] = {
    "modified": frozenset(CHANGES),
    "new": frozenset({Reason.NEW}),
    "failed": frozenset({Reason.FAILED_BEFORE}),
    "incomplete": frozenset({Reason.INCOMPLETE}),
    "damaged": frozenset({Reason.OUTPUT_MISSING, Reason.OUTPUT_CORRUPT}),
}
States = Mapping[str, Collection[str]]


class UnknownSelection(Exception):
    """A selection that names nothing in the graph; ``near`` are close names."""

    def __init__(self, name: str, near: tuple[str, ...], reason: str = "") -> None:
        super().__init__(reason or f"nothing in the graph is called `{name}`")
        self.name = name
        self.near = near


@dataclass(frozen=True, slots=True)
class _Selector:
    name: str
    ancestors: bool
    descendants: bool


def select(
    graph: Graph,
    wanted: Sequence[str] = (),
    excluded: Sequence[str] = (),
    states: States | None = None,
    until: Sequence[str] = (),
) -> frozenset[str]:
    """Ids of the selected nodes: ``wanted`` (all, if empty) up to ``until``, without ``excluded``.

    Args:
        graph: what to select from.
        wanted: values of ``--select``.
        excluded: values of ``--exclude``.
        states: ids of nodes by state, as `plan_states` gives them; without it no state has a meaning.
        until: values of ``--until``: nothing is kept but these and what they are made from.

    Raises:
        UnknownSelection: for a name that is none of the graph's.
    """
    finder = _Finder(graph, states)
    kept = finder.all_of(wanted) if wanted else set(graph.nodes)
    if until:
        ends = finder.all_of(until)
        kept &= ends | set(_reached(ends, finder.parents))
    return frozenset(kept - finder.all_of(excluded))


def with_ancestors(graph: Graph, ids: Iterable[str]) -> frozenset[str]:
    """Some nodes and all that they are made from."""
    start = set(ids)
    parents = {node.id: tuple(node.parents()) for node in graph.nodes.values()}
    return frozenset(start | set(_reached(start, parents)))


def plan_states(plan: Plan) -> States:
    """Ids of the nodes in each of `STATES`."""
    found: dict[str, set[str]] = {state: set() for state in STATES}
    for id_, entry in plan.entries.items():
        reasons = {why.reason for why in entry.reasons}
        for state, signs in STATES.items():
            if reasons & signs:
                found[state].add(id_)
    return found


def asks_for_state(values: Iterable[str]) -> bool:
    """Whether any of some values needs a plan to be understood."""
    return any(_read(word).name.startswith(_STATE) for text in values for word in _words(text))


class _Finder:
    """Knows the names and the edges of one graph."""

    def __init__(self, graph: Graph, states: States | None) -> None:
        self._graph, self._states = graph, states
        self._names = _names(graph)
        self.parents = {node.id: tuple(node.parents()) for node in graph.nodes.values()}
        self._children: dict[str, list[str]] = {}
        for id_, ids in self.parents.items():
            for parent in ids:
                self._children.setdefault(parent, []).append(id_)

    def all_of(self, values: Iterable[str]) -> set[str]:
        """The nodes of all selectors in all values."""
        found: set[str] = set()
        for text in values:
            whole = _read(text)  # a name may hold spaces
            selectors = [whole] if whole.name in self._names else map(_read, _words(text))
            for selector in selectors:
                found |= self._one(selector)
        return found

    def _one(self, selector: _Selector) -> set[str]:
        start = set(self._named(selector.name))
        found = set(start)
        if selector.ancestors:
            found |= set(_reached(start, self.parents))
        if selector.descendants:
            found |= set(_reached(start, self._children))
        return found

    def _named(self, name: str) -> Collection[str]:
        if name in self._names:
            return self._names[name]
        if name.startswith(_STATE):
            return self._in_state(name.removeprefix(_STATE))
        found = self._at_point(name) or self._like(name)
        if not found:
            raise UnknownSelection(name, near_addresses(name, self._names))
        return found

    def _in_state(self, state: str) -> Collection[str]:
        if state not in STATES:
            near = tuple(_STATE + known for known in nearest_names(state, STATES))
            known = ", ".join(STATES)
            raise UnknownSelection(state, near, f"there is no state `{state}`: states are {known}")
        return (self._states or {}).get(state, ())

    def _at_point(self, name: str) -> list[str]:
        """``S'[seed=0]``: the nodes of S' at that seed, wherever they stand on other axes."""
        called, point = split_address(name)
        if not point or called not in self._names:
            return []
        nodes = (self._graph.nodes[id_] for id_ in self._names[called])
        return [node.id for node in nodes if _is_at(node, dict(point))]

    def _like(self, name: str) -> list[str]:
        """All whose name or address fits a pattern."""
        if not set("*?") & set(name):
            return []
        pattern = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."))
        return [
            id_ for known, ids in self._names.items() if pattern.fullmatch(known) for id_ in ids
        ]


def _is_at(node: Node, point: Mapping[str, str]) -> bool:
    return point.items() <= dict(node.point).items()


def _words(text: str) -> Iterator[str]:
    """The parts of a value between spaces outside brackets and quotes."""
    depth, start, quoted = 0, 0, False
    for position, letter in enumerate(text):
        quoted ^= letter == '"'
        depth += not quoted and letter in "([{"
        depth -= not quoted and letter in ")]}"
        if letter.isspace() and depth == 0 and not quoted:
            if text[start:position].strip():
                yield text[start:position].strip()
            start = position
    if text[start:].strip():
        yield text[start:].strip()


def _read(text: str) -> _Selector:
    plain = text.strip()
    return _Selector(plain.strip("+").strip(), plain.startswith("+"), plain.endswith("+"))


def _names(graph: Graph) -> Mapping[str, Sequence[str]]:
    """What can be selected: bindings, measures and addresses, with their nodes."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for address in (node.address, *node.aliases):
            for name in {address, base_name(address), node.name}:
                found.setdefault(name, []).append(node.id)
    for table in graph.measures:
        found[table.name] = [cell.node for cell in table.cells]
    return found


def _reached(start: Iterable[str], follow: Mapping[str, Iterable[str]]) -> Iterator[str]:
    seen, stack = set(start), list(start)
    while stack:
        for other in follow.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
                yield other
