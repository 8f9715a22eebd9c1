"""One pass over the graph, parents first: a fact for every node, and the rules judged where they apply.

What breaks a rule is taken out of the fact that goes on: a violation that follows from another is not
reported again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.keys import canonical_json
from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature, Signatures
from w2sdl.validity.facts import Cell, Fact, GoldOf, Origin, Part, Trace
from w2sdl.validity.ports import Inflow, inflows, shows_both_orders
from w2sdl.validity.transfer import result_fact

_PREDICTORS = frozenset({Kind.MODEL, Kind.PREDICTOR})
_NOT_WEAK = frozenset({Origin.GOLD, Origin.CONTROL})


class Found:
    """One broken rule at one node. ``about`` is what messages name; equal ones are one mistake."""

    __slots__ = ("about", "node", "rule", "trace")

    def __init__(
        self, rule: str, node: Node, trace: Trace | None, about: Mapping[str, Any]
    ) -> None:
        self.rule = rule
        self.node = node
        self.trace = trace
        self.about = about


#: False where the design allows it: then it is no mistake, and what follows from it may be one.
Report = Callable[[Found], bool]


class Flow:
    """The facts of a graph, node by node."""

    def __init__(
        self,
        graph: Graph,
        signatures: Signatures,
        strong: frozenset[str],
        report: Report,
        declared: frozenset[str] = frozenset(),
    ) -> None:
        self.graph = graph
        self.signatures = signatures
        self.strong = strong  #: ids of what is declared `strong`
        self.report = report
        self._declared = set(declared)  #: of a declared role, and what was made of them
        self.unjudged: dict[str, Part] = {}  #: who would break R1 or R3 if it were made of `strong`
        self.facts: dict[str, Fact] = {}
        self.flows: dict[str, tuple[Inflow, ...]] = {}
        self.starts: dict[str, frozenset[str]] = {}  #: what the training of a model began from
        self.condemned: set[str] = set()  #: nodes that broke a rule, and what was made of them
        self._readings: dict[str, str] = {}  #: a way to read items -> the first node that does
        self._memo: dict[tuple[Any, ...], Fact] = {}
        self._cut = _parts_taken(graph)
        self.students = self._in_port("student")
        self.judged: set[str] = set()  #: students that gold reaches, by port or by origin
        self.ceilings = self._in_port("ceiling")
        #: (part whose gold reaches a student, part of another data set that weak labels teach it, its name)
        self.apart: dict[tuple[Part, Part, str], None] = {}

    def op(self, node: Node) -> OpSignature:
        return self.signatures.ops[node.op]

    def run(self) -> None:
        """Facts for all nodes; what breaks R1, R3 or R6 is reported on the way."""
        for node in self.graph.order():
            op = self.op(node)
            flows = self.flows.get(node.id) or inflows(node, op, self.signatures)
            self.flows[node.id] = flows
            if self._is_declared(node, flows):
                self._declared.add(node.id)
            arrived = [(f, tuple(self.facts[id_] for id_ in f.ids)) for f in flows]
            key = self._key(node, op, arrived)
            fact = self._memo.get(key)
            if fact is None:
                cut = self._cut.get(node.id, ())
                fact = result_fact(node, op, arrived, node.id in self.strong, cut)
                self._memo[key] = fact
            self.facts[node.id] = self._judged(node, op, flows, fact)
            self._follow(node, op, flows)

    def _key(self, node: Node, op: OpSignature, arrived: Any) -> tuple[Any, ...]:
        inputs = tuple(
            (flow.port.name, flow.channel, tuple(id(fact) for fact in facts))
            for flow, facts in arrived
        )
        source = node.id if op.result is Kind.DATA and node.op != "part" else ""
        part = node.params.get("name") if node.op == "part" else ""
        return (op.name, node.name, source, part, node.id in self.strong, inputs)

    def _follow(self, node: Node, op: OpSignature, flows: tuple[Inflow, ...]) -> None:
        """Starting weights, and whether a condemned model is among what it was made of."""
        if op.result not in (*_PREDICTORS, Kind.INSTRUMENT):
            return
        models = [id_ for f in flows if f.is_begun_from for id_ in f.ids]
        trains = any(f.teaches for f in flows)
        if trains or not models:
            states = [self._first_alike(id_) for f in flows if f.is_read for id_ in f.ids]
            self.starts[node.id] = frozenset(models or states or [node.id])
        else:
            self.starts[node.id] = frozenset(s for id_ in models for s in self.starts[id_])
        if not trains and any(id_ in self.condemned for id_ in models):
            self.condemned.add(node.id)

    def _first_alike(self, id_: str) -> str:
        """Of states that one way of reading gives of several items, those that came first."""
        node = self.graph.nodes[id_]
        read = (Kind.ITEMS, Kind.DATA)
        by = [(f.port.name, f.ids) for f in self.flows[id_] if f.kind not in read]
        alike = canonical_json([node.op, node.params, by])
        return self._readings.setdefault(alike, id_)

    # -- students --------------------------------------------------------------------------------------

    def _in_port(self, role: str) -> frozenset[str]:
        """The predictors that stand in the ports of this role of any measure: ids."""
        found: set[str] = set()
        for node in self.graph.nodes.values():
            if node.kind is not Kind.METRIC:
                continue
            if node.id not in self.flows:
                self.flows[node.id] = inflows(node, self.op(node), self.signatures)
            for flow in self.flows[node.id]:
                if flow.port.role == role:
                    found.update(p for id_ in flow.ids for p in self.predictors(id_))
        return frozenset(found)

    def predictors(self, id_: str) -> tuple[str, ...]:
        """The predictors whose labels a node holds, as they are or reworked; itself if it is one."""
        node = self.graph.nodes[id_]
        if node.kind in _PREDICTORS:
            return (id_,)
        if node.kind is not Kind.LABELS:
            return ()
        flows = inflows(node, self.op(node), self.signatures)
        said = [
            i for f in flows if f.kind in _PREDICTORS and f.port.role == "supervisor" for i in f.ids
        ]
        if said:
            return tuple(said)
        inner = [i for f in flows if f.kind is Kind.LABELS and f.teaches for i in f.ids]
        return tuple(dict.fromkeys(p for i in inner for p in self.predictors(i)))

    # -- rules on the way ------------------------------------------------------------------------------

    def _judged(self, node: Node, op: OpSignature, flows: tuple[Inflow, ...], fact: Fact) -> Fact:
        if op.result is Kind.PREDICTOR and fact.gold:
            is_student = node.id in self.students
            by_origin = fact.is_strong and fact.is_taught and node.id not in self.ceilings
            if is_student or by_origin:
                self.judged.add(node.id)
                return self._student(node, fact, is_student)
            if fact.is_taught and not self._is_declared(node, flows):
                self._would_break(node, fact)
        if op.result is Kind.TRANSCRIPTS and any(f.port.role == "debater" for f in flows):
            return self._debate(node, op, fact)
        return fact

    def _is_declared(self, node: Node, flows: tuple[Inflow, ...]) -> bool:
        """Whether it is, or is made from, a model with a role."""
        begun = [id_ for f in flows if f.is_begun_from or f.is_read for id_ in f.ids]
        return node.id in self._declared or any(id_ in self._declared for id_ in begun)

    def _would_break(self, node: Node, fact: Fact) -> None:
        known = {of.part for of in fact.gold} | fact.marked.keys()
        taught = (part for part, origins in fact.weak.items() if Origin.WEAK in origins)
        found = next((part for part in taught if part in known), None)
        if found is not None:
            self.unjudged[node.id] = found

    def _student(self, node: Node, fact: Fact, by_port: bool) -> Fact:
        """R1 and R3: gold of rows that it is taught by weak labels."""
        bad: set[GoldOf] = set()
        taught = dict(fact.weak)
        if by_port and all(o <= _NOT_WEAK for o in fact.pool.values()):
            # A student of gold labels alone was not supervised by anything weak.
            taught |= fact.pool
        for part, origins in taught.items():
            if not by_port and Origin.WEAK not in origins:
                continue
            reached = [of for of in fact.gold if of.part == part]
            bad.update(reached)
            for of in fact.gold:  # of another data set: the same rows may lie in both
                if of.part.data != part.data:
                    self.apart[of.part, part, node.name] = None
            for found in self._told(node, fact, part, reached):
                if self.report(found):
                    self.condemned.add(node.id)
        if not bad and not any(part in fact.marked for part in taught):
            return fact
        return self._without(fact, bad)

    def _told(
        self, node: Node, fact: Fact, part: Part, reached: Sequence[GoldOf]
    ) -> Iterator[Found]:
        """R3 where its supervisor knew these rows, else R1 for each channel."""
        about = {"part": part.text, "student": node.name}
        if part in fact.marked:
            yield Found("self_marking", node, fact.marked[part], about)
            return
        for of in reached:
            yield Found("student_gold", node, fact.gold[of], about | {"channel": of.channel.value})

    def _without(self, fact: Fact, bad: set[GoldOf]) -> Fact:
        key = ("without", id(fact), frozenset(bad))
        if key not in self._memo:
            gold = {of: trace for of, trace in fact.gold.items() if of not in bad}
            self._memo[key] = replace(fact, gold=gold, marked={})
        return self._memo[key]

    def _debate(self, node: Node, op: OpSignature, fact: Fact) -> Fact:
        """R6: sides and quotes of a row without that row's gold, or both sides in both orders."""
        if shows_both_orders(node, op, self.signatures):
            return fact
        telling = {
            part: {of for of in cell.gold if of.part == part} for part, cell in fact.rows.items()
        }
        told = {part: golds for part, golds in telling.items() if golds}
        if not told:
            return fact
        for part, golds in told.items():
            trace = fact.rows[part].gold[min(golds)]
            about = {"part": part.text, "debate": node.name}
            self.report(Found("telling_debate", node, trace, about))
        key = ("untold", id(fact))
        if key not in self._memo:
            rows = {part: _untold(cell, told.keys()) for part, cell in fact.rows.items()}
            self._memo[key] = replace(fact, rows=rows)
        return self._memo[key]


def _untold(cell: Cell, told: Collection[Part]) -> Cell:
    """What the debates told is said once: here, not wherever it leads."""
    gold = {of: trace for of, trace in cell.gold.items() if of.part not in told}
    return replace(cell, gold=gold)


def _parts_taken(graph: Graph) -> dict[str, tuple[str, ...]]:
    """By id of each data source, the names of parts that the design takes of it."""
    roots: dict[str, frozenset[str]] = {}
    found: dict[str, dict[str, None]] = {}
    for node in graph.order():
        if node.kind is not Kind.DATA:
            continue
        data = [id_ for id_ in node.parents() if id_ in roots]
        roots[node.id] = frozenset(r for id_ in data for r in roots[id_]) or frozenset({node.id})
        if node.op == "part":
            for root in roots[node.id]:
                found.setdefault(root, {})[str(node.params.get("name"))] = None
    return {root: tuple(names) for root, names in found.items()}
