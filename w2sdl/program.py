"""The checked program: names resolved, kinds known, every default filled in; still with axes.

Expressions are small terms. *Edge* terms (`Ref`, `Apply`, `Fix`, `Switch` over edges) become nodes of
the graph; *value* terms (`Const`, `ListTerm`, `RecordTerm`, `Switch` over values) become parameters.
A variant is a `RecordTerm` whose field "variant" is its name; it may hold edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature
from w2sdl.source import Span
from w2sdl.syntax.nodes import Waiver


@dataclass(frozen=True, slots=True)
class Const:
    """A value in JSON form. ``given`` is false for a default."""

    value: Any
    given: bool = True


@dataclass(frozen=True, slots=True)
class ListTerm:
    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class RecordTerm:
    fields: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Switch:
    """What depends on an axis: one term for each of its points. ``text`` is as written."""

    axis: str
    branches: Mapping[str, Term]
    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a binding."""

    name: str


@dataclass(frozen=True, slots=True)
class Fix:
    """``base[axis: point]``: the base with some axes held at a point."""

    base: Term
    chosen: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A call of an operation. ``over`` are the axes that it reduces.

    Compared by identity: a term is one place in the spec (equal nodes are merged in the graph).
    """

    op: OpSignature
    ports: Mapping[str, tuple[Term, ...]]
    params: Mapping[str, Term]
    over: tuple[str, ...]
    text: str  #: as written, in one line
    written: str  #: the operation as spelled (Φ, facilitate ...)
    span: Span
    operational: Mapping[str, Term] = field(
        default_factory=dict
    )  #: how it is run: `w2sdl.syntax.nodes`
    chain: Unrolled | None = None  #: of the last call of a chain


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A call that was written out as a chain of others: these by the fields that a spec asks for."""

    call: Apply
    steps: Mapping[str, tuple[Term, Kind]]


Term = Const | ListTerm | RecordTerm | Switch | Ref | Fix | Apply


@dataclass(frozen=True, slots=True)
class AxisDecl:
    """An axis: names of its points in order, and their text."""

    name: str
    points: tuple[str, ...]
    texts: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BindingDecl:
    """A named node. ``dims`` are the axes it varies over."""

    name: str
    role: str
    kind: Kind
    term: Term
    dims: tuple[str, ...]
    span: Span
    waivers: tuple[Waiver, ...] = ()
    step: str = ""  #: of a step of a chain, which nobody wrote as it is: its text


@dataclass(frozen=True, slots=True)
class MeasureCell:
    """One measured thing of a measure: ``of`` is its text ("" for measures of several)."""

    of: str
    term: Apply
    dims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureDecl:
    name: str
    op: str
    on: str
    arguments: Mapping[str, str]
    over: tuple[str, ...]
    cells: tuple[MeasureCell, ...]
    span: Span
    waivers: tuple[Waiver, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    each: str = ""  #: the port with a cell for each argument

    @property
    def dims(self) -> tuple[str, ...]:
        """Axes that any of its cells varies over, in the order first met."""
        return tuple(dict.fromkeys(dim for cell in self.cells for dim in cell.dims))


@dataclass(frozen=True, slots=True)
class ExpectDecl:
    """An expectation, to be judged after the run.

    ``tree`` is JSON, one of {"compare": sign, "left": T, "right": T} (of "==" with "within": margin),
    {"ordering": [comparisons of neighbours]} and {"trend": "rises" | "falls", "value": T, "along": axis};
    with "level": x where it is not 0.95. T is one of {"number": x},
    {"call": name, "value": T, "over": [axes]}, {"table": measure, "select": {axis: point}} (with
    "facet": name for a part of the measured rows), {"arith": sign, "left": T, "right": T}.
    `w2sdl.claims` reads such trees.
    """

    name: str
    text: str
    tree: Mapping[str, Any]
    span: Span


@dataclass(frozen=True, slots=True)
class Program:
    """A whole spec, checked. Plain values are kept as text, for `w2sdl compile`."""

    name: str
    description: str
    axes: Mapping[str, AxisDecl]
    bindings: Mapping[str, BindingDecl]
    measures: tuple[MeasureDecl, ...]
    expectations: tuple[ExpectDecl, ...]
    order: tuple[str, ...]  #: names of bindings, used ones first
    values: Mapping[str, str] = field(default_factory=dict)
    baseline: Mapping[str, str] = field(default_factory=dict)  #: as `w2sdl.graph.Graph.baseline`


def term_dims(term: Term, bindings: Mapping[str, BindingDecl]) -> frozenset[str]:
    """The axes that a term varies over."""
    match term:
        case Ref(name):
            return frozenset(bindings[name].dims) if name in bindings else frozenset()
        case Apply(ports=ports, params=params, over=over):
            terms = [item for items in ports.values() for item in items]
            return _union((*terms, *params.values()), bindings).difference(over)
        case Const():
            return frozenset()
        case ListTerm(items):
            return _union(items, bindings)
        case RecordTerm(fields):
            return _union(tuple(fields.values()), bindings)
        case Switch(axis, branches):
            return _union(tuple(branches.values()), bindings) | {axis}
        case Fix(base, chosen):
            return term_dims(base, bindings) - set(chosen)


def _union(terms: tuple[Term, ...], bindings: Mapping[str, BindingDecl]) -> frozenset[str]:
    moving = [term for term in terms if not isinstance(term, Const)]
    if not moving:
        return frozenset()
    return frozenset().union(*(term_dims(term, bindings) for term in moving))
