"""The verdict on a design: rules judged over its graph, waivers applied, one message for one mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from w2sdl.errors import validity as errors
from w2sdl.graph import Apart, Excused, ExtraGold, Graph, Validity
from w2sdl.messages.diagnostics import Collector, Label
from w2sdl.program import Program
from w2sdl.signature import Signatures
from w2sdl.source import Span
from w2sdl.syntax.nodes import Waiver
from w2sdl.validity.facts import Channel, Origin
from w2sdl.validity.flow import Flow, Found
from w2sdl.validity.joins import check_joins
from w2sdl.validity.measures import MeasureRules
from w2sdl.validity.roles import declared_nodes
from w2sdl.validity.words import message, path_text, selection_text, where_text
from w2sdl.validity.yardsticks import mixed_yardsticks


@dataclass
class _Mistake:
    """One mistake, wherever in the design it shows."""

    found: Found
    points: list[Mapping[str, str]] = field(default_factory=list)
    parts: dict[str, None] = field(default_factory=dict)


def judge_validity(
    program: Program,
    graph: Graph,
    places: Mapping[str, Span],
    signatures: Signatures,
    messages: Collector,
) -> Validity:
    """Judge the rules R1–R7 over a graph (R8 needs the rows, and is judged when they are read).

    Args:
        program: for declared roles, waivers and expectations.
        graph: what is judged.
        places: where each node stands in the source.
        signatures: of the operations.
        messages: gets an error for each broken rule that is not allowed.
    """
    return _Judgement(program, graph, places, signatures, messages).judge()


class _Judgement:
    def __init__(
        self,
        program: Program,
        graph: Graph,
        places: Mapping[str, Span],
        signatures: Signatures,
        messages: Collector,
    ) -> None:
        self.program = program
        self.graph = graph
        self.places = places
        self.messages = messages
        self.measures = {m.name: m for m in program.measures}
        self.mistakes: dict[tuple[Any, ...], _Mistake] = {}
        self.excused: list[Excused] = []
        self.used: set[int] = set()
        ops = signatures.ops.values()
        self.folds = next((op.name for op in ops for p in op.ports if p.channel == "folds"), "")
        strong, weak = (declared_nodes(program, graph, role) for role in ("strong", "weak"))
        self.flow = Flow(graph, signatures, strong, self._note, strong | weak)

    def judge(self) -> Validity:
        self.flow.run()
        check_joins(self.flow, self.places, self.messages)
        measure_of: dict[str, str] = {}
        for table in self.graph.measures:
            for cell in table.cells:
                measure_of.setdefault(cell.node, table.name)
        rules = MeasureRules(self.flow, measure_of)
        rules.run()
        for mistake in self.mistakes.values():
            self._say(mistake)
        self._expectations()
        apart = tuple(self._apart(rules))
        self._unjudged()
        self._unused()
        extra = tuple(self._extra_gold())
        budgets = tuple(rules.budgets)
        controls = self._controls()
        at = tuple(self._control_at(name) for name in controls)
        return Validity(tuple(self.excused), extra, controls, apart, budgets, at)

    def _apart(self, rules: MeasureRules) -> Iterator[Apart]:
        """What R8 is to look at, but for what is waived: of the data, or of the student."""
        pairs = [(taught, measured, "") for taught, measured in rules.apart]
        for taught, measured, student in (*pairs, *self.flow.apart):
            names = [self.graph.nodes[part.data].name for part in (taught, measured)]
            allowed = [(name, "shared_rows") for name in names] + [(student, "student_gold")]
            waived = next(self._waived(allowed), None)
            texts = (taught.text, measured.text)
            if waived is None:
                ends = ((taught.data, taught.name), (measured.data, measured.name))
                yield Apart(*ends, texts, student)
                continue
            name, waiver = waived
            self.used.add(id(waiver))
            what = f"rows that `{taught.text}` and `{measured.text}` share are not looked for"
            one = Excused(waiver.rule, waiver.reason, what, name)
            if one not in self.excused:
                self.excused.append(one)

    def _waived(self, allowed: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Waiver]]:
        """Waivers of these rules on these bindings."""
        for name, rule in allowed:
            declared = self.program.bindings.get(name)
            for waiver in declared.waivers if declared else ():
                if waiver.rule == rule:
                    yield name, waiver

    def _note(self, found: Found) -> bool:
        """Keep a mistake once for each source path, not for each seed and arm; false if it is waived."""
        steps = found.trace.steps() if found.trace else ()
        waiver = self._waiver(found)
        if found.rule == "test_teaches":  # one lesson on test rows, however many are measured
            key: tuple[Any, ...] = (found.rule, found.about["part"], steps[0].name)
        else:
            about = tuple(sorted((k, str(v)) for k, v in found.about.items() if k != "part"))
            key = (found.rule, found.node.name, about, tuple(step.name for step in steps))
        # What one declaration excuses is not excused elsewhere.
        mistake = self.mistakes.setdefault((*key, waiver and id(waiver[1])), _Mistake(found))
        mistake.parts[str(found.about.get("part", ""))] = None
        if mistake.found.node.name == found.node.name:
            mistake.points.append(found.node.point)
        return waiver is None

    def _say(self, mistake: _Mistake) -> None:
        found = mistake.found
        where = where_text(mistake.points, found.node, self.graph)
        span = self._span(found)
        related = tuple(self._labels(found, span))
        diagnostic = message(found, list(mistake.parts), span, related, where, self.folds)
        waiver = self._waiver(found)
        if waiver is None:
            self.messages.add(diagnostic)
            return
        name, given = waiver
        self.used.add(id(given))
        self.excused.append(Excused(found.rule, given.reason, diagnostic.title(), name))

    def _span(self, found: Found) -> Span | None:
        measure = self.measures.get(str(found.about.get("measure", "")))
        return measure.span if measure is not None else self.places.get(found.node.id)

    def _labels(self, found: Found, primary: Span | None) -> Iterator[Label]:
        """Where the path begins, and the named steps that it takes."""
        if found.trace is None:
            return
        steps = found.trace.steps()
        seen = {primary}
        for number, step in enumerate(steps[:-1]):
            span = self.places.get(step.node)
            is_named = step.name in self.program.bindings
            if span is None or span in seen or (number and not is_named):
                continue
            seen.add(span)
            yield Label(span, "it begins here" if number == 0 else f"then `{step.name}`")

    def _waiver(self, found: Found) -> tuple[str, Waiver] | None:
        """An `allow` of this rule on a declaration that the violation passes through."""
        names = [found.node.name, str(found.about.get("measure", ""))]
        names += [str(found.about.get(key, "")) for key in ("student", "ceiling", "label", "model")]
        names += [step.name for step in (found.trace.steps() if found.trace else ())]
        for name in names:
            declaration = self.program.bindings.get(name) or self.measures.get(name)
            for waiver in declaration.waivers if declaration else ():
                if waiver.rule == found.rule:
                    return name, waiver
        return None

    def _expectations(self) -> None:
        """R4: both sides of a comparison are measured by one yardstick."""
        for expectation in self.program.expectations:
            mixed = mixed_yardsticks(expectation, self.measures, self.flow)
            if mixed is None:
                continue
            waivers = [w for measure in mixed.measures for w in measure.waivers]
            waived = next((w for w in waivers if w.rule == "two_yardsticks"), None)
            if waived is None:
                self.messages.add(mixed.message(expectation))
                continue
            self.used.add(id(waived))
            one = Excused("two_yardsticks", waived.reason, mixed.what, expectation.name)
            self.excused.append(one)

    def _unjudged(self) -> None:
        """Students by what they learn, whose model nobody declared: R1 and R3 don't look at them."""
        for id_, part in self.flow.unjudged.items():
            name = self.graph.nodes[id_].name
            self.messages.add(errors.Unjudged(span=self.places.get(id_), name=name, part=part.text))

    def _unused(self) -> None:
        waivers = [w for binding in self.program.bindings.values() for w in binding.waivers]
        waivers += [w for measure in self.program.measures for w in measure.waivers]
        for waiver in {id(w): w for w in waivers}.values():
            if id(waiver) not in self.used:
                self.messages.add(errors.UnusedAllow(span=waiver.span, rule=waiver.rule))

    def _extra_gold(self) -> Iterator[ExtraGold]:
        seen: set[tuple[str, str, str]] = set()
        for id_ in self.graph.nodes:
            if id_ not in self.flow.judged:
                continue
            fact, name = self.flow.facts[id_], self.graph.nodes[id_].name
            for of, trace in fact.gold.items():
                key = (name, of.part.text, of.channel.value)
                # By value, gold of other rows is what weak labels are made of, unless it is a lesson.
                own = of.channel is Channel.VALUE and Origin.GOLD not in fact.pool.get(of.part, ())
                if of.part in fact.weak or own or key in seen:
                    continue
                seen.add(key)
                yield ExtraGold(*key, path_text(trace))

    def _controls(self) -> tuple[str, ...]:
        facts = self.flow.facts.values()
        return tuple(dict.fromkeys(name for fact in facts for name in fact.controls))

    def _control_at(self, name: str) -> str:
        """A control with its points: of ``S'`` often one arm alone reads gold."""
        every = [node for node in self.graph.nodes.values() if node.name == name]
        own = [node.point for node in every if name in self.flow.facts[node.id].controls]
        return selection_text(name, own, [node.point for node in every])
