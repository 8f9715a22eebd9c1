"""R4 in expectations: what one claim compares is measured on the same rows, by the same metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from w2sdl.claims import Tree, tables_in, term_text
from w2sdl.errors.validity import TwoYardsticks
from w2sdl.graph import MeasureTable, Node
from w2sdl.keys import canonical_json
from w2sdl.messages.diagnostics import Label
from w2sdl.program import ExpectDecl, MeasureDecl
from w2sdl.signature import AxesOf, SeedOf
from w2sdl.syntax.text import literal_text
from w2sdl.validity.facts import Part, parts_text
from w2sdl.validity.flow import Flow

#: Parameters that define a metric: name -> value.
_Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mixed:
    """An expectation that compares by two yardsticks, in words."""

    measures: tuple[MeasureDecl, MeasureDecl]
    what: str
    short: str
    advice: str

    def message(self, expectation: ExpectDecl) -> TwoYardsticks:
        """The error for it."""
        named = {m.name: Label(m.span, f"`{m.name}`") for m in self.measures}
        return TwoYardsticks(
            span=expectation.span,
            what=self.what,
            short=self.short,
            advice=self.advice,
            related=tuple(named.values()),
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """What one operand of a comparison is measured on and by, at the points that it selects."""

    text: str
    measure: MeasureDecl
    rows: frozenset[Part]
    settings: tuple[_Settings, ...]  #: one for each way in which its cells are computed

    @property
    def row_texts(self) -> frozenset[str]:
        """The parts as the spec calls them: data drawn anew for each seed keep their name."""
        return frozenset(part.text for part in self.rows) or frozenset({self.measure.on})


def mixed_yardsticks(
    expectation: ExpectDecl, measures: Mapping[str, MeasureDecl], flow: Flow
) -> Mixed | None:
    """The first two operands of an expectation that differ in rows or metric, if any do."""
    tables = {table.name: table for table in flow.graph.measures}
    sides = [
        _side(leaf, measures[leaf["table"]], tables[leaf["table"]], flow)
        for leaf in tables_in(expectation.tree)
    ]
    for other in sides[1:]:
        first = sides[0]
        if first.row_texts != other.row_texts:
            return _other_rows(expectation.name, first, other)
        if (first.measure.op, first.settings) != (other.measure.op, other.settings):
            return _another_metric(expectation.name, first, other)
    return None


def _side(leaf: Tree, measure: MeasureDecl, table: MeasureTable, flow: Flow) -> _Side:
    nodes = [flow.graph.nodes[id_] for id_ in _cells(leaf["select"], table)]
    on = [id_ for node in nodes for f in flow.flows[node.id] if f.port.on for id_ in f.ids]
    rows = frozenset(part for id_ in on for part in flow.facts[id_].rows)
    ways = {canonical_json(way): way for way in (_settings(node, flow) for node in nodes)}
    return _Side(term_text(leaf), measure, rows, tuple(ways[key] for key in sorted(ways)))


def _cells(select: Mapping[str, str], table: MeasureTable) -> Iterator[str]:
    """The metric nodes at the selected points."""
    for cell in table.cells:
        at = {**cell.point, "of": cell.of}
        if all(at.get(axis, point) == point for axis, point in select.items()):
            yield cell.node


def _settings(node: Node, flow: Flow) -> dict[str, Any]:
    """What makes it this metric and not another; how often something is drawn for it does not."""
    found = {}
    for param in flow.op(node).params:
        value = node.params.get(param.name, param.default)
        is_count = isinstance(value, int) and not isinstance(value, bool)
        if not is_count and not isinstance(param.type, SeedOf | AxesOf):
            found[param.name] = value
    return found


def _other_rows(name: str, first: _Side, other: _Side) -> Mixed:
    one_measure = first.measure is other.measure
    on = [parts_text(s.rows) if one_measure else f"`{s.measure.on}`" for s in (first, other)]
    texts = [s.text if one_measure else s.measure.name for s in (first, other)]
    sides = " with ".join(f"`{text}` on {rows}" for text, rows in zip(texts, on, strict=True))
    return Mixed(
        (first.measure, other.measure),
        f"`{name}` compares {sides}: other rows",
        "measured on different rows",
        f"measure both on {on[0]}",
    )


def _another_metric(name: str, first: _Side, other: _Side) -> Mixed:
    calls = [_call(first, other), _call(other, first)]
    one_measure = first.measure is other.measure
    texts = [s.text if one_measure else s.measure.name for s in (first, other)]
    sides = " with ".join(f"`{t}` by `{c}`" for t, c in zip(texts, calls, strict=True))
    return Mixed(
        (first.measure, other.measure),
        f"`{name}` compares {sides}: another metric",
        "measured by different metrics",
        f"measure both by `{calls[0]}`",
    )


def _call(side: _Side, other: _Side) -> str:
    """The metric with the parameters that tell it from the other: ``pgr(metric: "auroc")``."""
    if side.measure.op != other.measure.op:
        return side.measure.op
    told = [
        f"{param}: {' or '.join(dict.fromkeys(literal_text(way[param]) for way in side.settings))}"
        for param in (side.settings[0] if side.settings else {})
        if [way[param] for way in side.settings] != [way[param] for way in other.settings]
    ]
    return f"{side.measure.op}({', '.join(told)})"
