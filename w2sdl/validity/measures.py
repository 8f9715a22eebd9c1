"""The rules that a measure can break: R2, R4, R5 and R7. Judged when the facts of all nodes are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.signature import RecordOf, VariantOf, VariantSignature
from w2sdl.syntax.text import literal_text
from w2sdl.validity.facts import Channel, Fact, GoldOf, Origin, Part, Trace, parts_text
from w2sdl.validity.flow import Flow, Found
from w2sdl.validity.ports import Inflow
from w2sdl.validity.transfer import texts_told


class MeasureRules:
    """Judges each measured node of a graph."""

    def __init__(self, flow: Flow, measure_of: Mapping[str, str]) -> None:
        self.flow = flow
        self.measure_of = measure_of  #: id of a metric node -> name of its measure
        self.apart: dict[
            tuple[Part, Part], None
        ] = {}  #: (taught, measured), of different data sets
        self.budgets: dict[str, None] = {}  #: in words, each once
        self._learned: dict[Any, tuple[tuple[Part, Trace, str], ...]] = {}

    def run(self) -> None:
        """All metric nodes, in order, then all labellings."""
        for node in self.flow.graph.nodes.values():
            if node.kind is Kind.METRIC:
                flows = self.flow.flows[node.id]
                self._other_rows(node, flows)
                self._test_teaches(node, flows)
                if not self._no_gap(node, flows):
                    self._ceiling(node, flows)
            elif node.kind is Kind.LABELS:
                self._template(node)

    # -- R2 ----------------------------------------------------------------------------------------

    def _test_teaches(self, node: Node, flows: Sequence[Inflow]) -> None:
        measured = dict.fromkeys(
            part for f in flows for id_ in f.ids for part in self.flow.facts[id_].rows
        )
        chosen = frozenset(self._chosen_by(flows))
        for flow in flows:
            if not flow.port.role or flow.port.on:
                continue
            for id_ in flow.ids:
                fact = self.flow.facts[id_]
                key = (id(fact), chosen, () if fact.rows else tuple(measured))
                if key not in self._learned:
                    self._learned[key] = tuple(_learned(fact, list(measured), chosen))
                    self._keep_apart(fact, chosen)
                for part, trace, did in self._learned[key]:
                    about = {
                        "measure": self.measure_of.get(node.id, node.name),
                        "what": f"`{self._name(self.flow.predictors(id_) or (id_,))}`",
                        "part": part.text,
                        "did": did,
                        "instrument": flow.kind is Kind.INSTRUMENT,
                    }
                    if trace.step.node == id_ and trace.before is not None and fact.rows:
                        trace = trace.before  # that it was asked about these rows is no mistake
                    self.flow.report(Found("test_teaches", node, trace, about))

    def _keep_apart(self, fact: Fact, chosen: Collection[GoldOf]) -> None:
        """R8 between data sets: whether they share rows is seen when the rows are there."""
        for part, cell in fact.rows.items():
            told = [of.part for of in cell.gold if of not in chosen]
            for taught in dict.fromkeys([*cell.fits, *told]):
                if taught.data != part.data:
                    self.apart[taught, part] = None

    def _chosen_by(self, flows: Sequence[Inflow]) -> Iterator[GoldOf]:
        """Gold that decided which rows are measured: it belongs to the yardstick."""
        for id_ in (id_ for flow in flows if flow.port.on for id_ in flow.ids):
            for cell in self.flow.facts[id_].rows.values():
                yield from (of for of in cell.gold if of.channel is Channel.SELECT)

    # -- R7 and R5 -----------------------------------------------------------------------------------

    def _by_role(self, flows: Sequence[Inflow], role: str) -> tuple[str, ...]:
        return tuple(id_ for flow in flows if flow.port.role == role for id_ in flow.ids)

    def _no_gap(self, node: Node, flows: Sequence[Inflow]) -> bool:
        weak, student, ceiling = (
            self._by_role(flows, role) for role in ("weak", "student", "ceiling")
        )
        if not (weak and student and ceiling):
            return False
        pairs = {"weak and ceiling": (weak, ceiling), "student and ceiling": (student, ceiling),
                 "weak and student": (weak, student)}  # fmt: skip
        for pair, (a, b) in pairs.items():
            if a == b:
                about = {"measure": self.measure_of.get(node.id, node.name), "pair": pair}
                self.flow.report(Found("no_gap", node, None, about))
                return True
        return False

    def _ceiling(self, node: Node, flows: Sequence[Inflow]) -> None:
        students = self._models(flows, "student")
        ceilings = self._models(flows, "ceiling")
        if not students or not ceilings or self.flow.condemned & {*students, *ceilings}:
            return
        names = {"student": self._name(students), "ceiling": self._name(ceilings)}
        what, advice = self._unfair(students, ceilings, names)
        if what:
            about = {
                "measure": self.measure_of.get(node.id, node.name), "student": names["student"],
                "what": what, "advice": advice,
            }  # fmt: skip
            self.flow.report(Found("unfair_ceiling", node, None, about))
            return
        for one, other in zip(students, ceilings, strict=False):
            self._compare_budgets(one, other, names)

    def _compare_budgets(self, student: str, ceiling: str, names: Mapping[str, str]) -> None:
        """Another training budget makes no ceiling unfair, and is printed."""
        trained = [self.flow.graph.nodes[id_] for id_ in (student, ceiling)]
        if trained[0].op != trained[1].op:
            return
        for param in self.flow.op(trained[0]).params:
            one, other = (node.params.get(param.name) for node in trained)
            if isinstance(param.type, VariantOf) and one and other and one != other:
                variants = self.flow.signatures.variants[param.type.family]
                if _selects(variants[one["variant"]]) or _selects(variants[other["variant"]]):
                    self._budget(param.name, one, other, names)
            if not isinstance(param.type, RecordOf) or not (one and other):
                continue
            for name in (name for name in one if one[name] != other.get(name)):
                self._budget(f"{param.name}.{name}", one[name], other.get(name), names)

    def _budget(self, what: str, one: Any, other: Any, names: Mapping[str, str]) -> None:
        said = f"{what} is {literal_text(one)} for {names['student']}, "
        self.budgets[f"{said}{literal_text(other)} for {names['ceiling']}"] = None

    def _unfair(
        self, students: Sequence[str], ceilings: Sequence[str], names: Mapping[str, str]
    ) -> tuple[str, str]:
        """What makes the ceiling unfair, and what to do; ("", "") where nothing does."""
        student, ceiling = names["student"], names["ceiling"]
        facts = [self.flow.facts[id_] for id_ in ceilings]
        if any(Origin.WEAK in origins for fact in facts for origins in fact.pool.values()):
            return (
                f"`{ceiling}` was trained on weak labels itself",
                "a ceiling is trained on gold labels of the student's rows",
            )
        if any(Origin.CONTROL in origins for fact in facts for origins in fact.pool.values()):
            return (
                f"`{ceiling}` was trained on labels of a control",
                "a ceiling is trained on gold labels of the student's rows, as they are",
            )
        starts = [frozenset(s for id_ in ids for s in self.flow.starts[id_])
                  for ids in (students, ceilings)]  # fmt: skip
        if starts[0] != starts[1]:
            texts = [self._start_text(start) for start in starts]
            return (
                f"`{student}` starts from {texts[0]}, `{ceiling}` from {texts[1]}",
                "start both from the same model, pre-steps included",
            )
        pools = [
            frozenset(p for id_ in ids for p in self.flow.facts[id_].pool)
            for ids in (students, ceilings)
        ]
        if pools[0] != pools[1]:
            texts = [_pool_text(pool) for pool in pools]
            return (
                f"`{student}` is offered {texts[0]}, `{ceiling}` {texts[1]}",
                f"train the ceiling on gold of the same rows: {texts[0].replace('`', '')}",
            )
        return "", ""

    def _models(self, flows: Sequence[Inflow], role: str) -> tuple[str, ...]:
        return tuple(p for id_ in self._by_role(flows, role) for p in self.flow.predictors(id_))

    def _name(self, ids: Sequence[str]) -> str:
        return ", ".join(dict.fromkeys(self.flow.graph.nodes[id_].name for id_ in ids))

    def _start_text(self, ids: frozenset[str]) -> str:
        nodes = [self.flow.graph.nodes[id_] for id_ in sorted(ids)]
        names = dict.fromkeys(f"`{node.name}`" for node in nodes)
        return " and ".join(names)

    # -- R4 ------------------------------------------------------------------------------------------

    def _other_rows(self, node: Node, flows: Sequence[Inflow]) -> None:
        """Labels that are measured, or measured against, are labels of the measured rows."""
        on = [id_ for flow in flows if flow.port.on for id_ in flow.ids]
        wanted = frozenset(part for id_ in on for part in self.flow.facts[id_].rows)
        for flow in flows:
            if flow.kind is not Kind.LABELS or flow.port.on:
                continue
            for id_ in flow.ids:
                rows = self.flow.facts[id_].rows
                if not rows or wanted <= rows.keys():
                    continue
                about = {
                    "measure": self.measure_of.get(node.id, node.name),
                    "label": self.flow.graph.nodes[id_].name,
                    "other": _pool_text(rows.keys()), "rows": _pool_text(wanted),
                }  # fmt: skip
                self.flow.report(Found("two_yardsticks", node, None, about))

    def _template(self, node: Node) -> None:
        """A model labels with the template that it was trained with."""
        own = texts_told(node, self.flow.op(node))
        models = [p for f in self.flow.flows[node.id] if f.port.role == "supervisor" for p in f.ids]
        if not models:
            return
        about = {"model": self._name(models), "label": node.name}
        trained = {template for id_ in models for template in self.flow.facts[id_].templates}
        if own and trained != set(own):
            self.flow.report(Found("two_yardsticks", node, None, about))
        elif self._told_otherwise(node, models):
            self.flow.report(Found("two_yardsticks", node, None, {**about, "told": "otherwise"}))

    def _told_otherwise(self, node: Node, models: Sequence[str]) -> bool:
        """Whether rows of a source that the models learned from have a form here that they never read."""
        learned = {form for id_ in models for form in self.flow.facts[id_].forms}
        sources = {form.source for form in learned}
        shown = self.flow.facts[node.id].forms
        return any(form.source in sources and form not in learned for form in shown)


def _learned(
    fact: Fact, measured: Sequence[Part], chosen: Collection[GoldOf]
) -> Iterator[tuple[Part, Trace, str]]:
    """Measured parts that something learned from, with the path and how."""
    cells = fact.rows or dict.fromkeys(measured)
    for part, cell in cells.items():
        fits = cell.fits if cell is not None else fact.fits
        gold = cell.gold if cell is not None else fact.gold
        if part in fits:
            yield part, fits[part], "it was fitted, selected or tuned on"
            continue
        for of, trace in gold.items():
            if of.part == part and of not in chosen:
                yield part, trace, "it reads the gold labels of"
                break


def _pool_text(pool: Collection[Part]) -> str:
    return parts_text(pool) or "no labelled rows"


def _selects(variant: VariantSignature) -> bool:
    """Whether an option ends a training, or chooses from it, by what comes in."""
    return any(port.channel == "select" for port in variant.ports)
