"""Program to Graph: axes broadcast, selections hold them, reductions gather them; equal nodes merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from w2sdl import keys
from w2sdl import signature as sig
from w2sdl.checking.run_defaults import NO_DEFAULTS, RunDefaults
from w2sdl.errors.graph import BadCombination, BadText
from w2sdl.expansion_size import too_large
from w2sdl.file_texts import FileTexts, Problem, ReadText
from w2sdl.gathered import doubts
from w2sdl.graph import AxisInfo, BindingInfo, Cell, Expectation, Graph, MeasureTable, Node
from w2sdl.made import Calls
from w2sdl.merging import MergedNodes
from w2sdl.messages.diagnostics import Collector
from w2sdl.needs import Request
from w2sdl.node_params import key_params, reaches_source, sources
from w2sdl.operational import check_bases, request_of
from w2sdl.program import (
    Apply,
    Const,
    Fix,
    ListTerm,
    MeasureDecl,
    Program,
    RecordTerm,
    Ref,
    Switch,
    Term,
    term_dims,
)
from w2sdl.signature import Signatures
from w2sdl.source import Span

Point = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expansion:
    """A graph, and where each of its nodes stands in the source."""

    graph: Graph
    places: Mapping[str, Span]


def expand_program(
    program: Program,
    signatures: Signatures,
    found: Collector,
    defaults: RunDefaults = NO_DEFAULTS,
    read: ReadText = lambda path: None,
) -> Expansion | None:
    """All nodes of a checked program, for every point of the axes that each depends on.

    ``read`` gives the texts of files that the spec names, where these are to be checked too.
    """
    large = too_large(program)
    if large is not None:
        found.add(large)
        return None
    expander = _Expander(program, signatures, found, defaults, FileTexts(signatures, read))
    for name in program.order:  # used ones first: a long chain of bindings is no deep recursion
        for point in expander.points(program.bindings[name].dims):
            expander.node(Ref(name), point)
    tables = tuple(expander.table(measure) for measure in program.measures)
    graph = Graph(
        program.name,
        program.description,
        expander.merged.nodes,
        tuple(AxisInfo(a.name, a.points, a.texts) for a in program.axes.values()),
        tuple(_binding_info(program)),
        tables,
        tuple(
            Expectation(e.name, e.text, e.tree, e.span.source.position(e.span.start)[0])
            for e in program.expectations
        ),
        baseline=program.baseline,
    )
    return Expansion(graph, expander.merged.places)


def _binding_info(program: Program) -> Iterator[BindingInfo]:
    for binding in program.bindings.values():
        text = binding.step or " ".join(binding.span.text.split("=", 1)[-1].split())
        yield BindingInfo(binding.name, binding.kind.value, binding.role, text, binding.dims)


class _Expander:
    """Evaluates terms at points, each (term, point) once."""

    def __init__(
        self,
        program: Program,
        signatures: Signatures,
        found: Collector,
        defaults: RunDefaults,
        files: FileTexts,
    ) -> None:
        self.program = program
        self.defaults = defaults
        self.signatures = signatures
        self.found = found
        self.files = files
        self.merged = MergedNodes(program.bindings, found)
        self._calls = Calls(self.merged.nodes, signatures)
        self._memo: dict[tuple[Any, ...], str] = {}
        self._dims: dict[int, tuple[str, ...]] = {}
        self._naming: dict[str, bool] = {}
        self._usual: dict[str, Request] = {}  #: of calls that say nothing, by operation
        self._order = {name: i for i, name in enumerate(program.axes)}

    def points(self, dims: Sequence[str]) -> Iterator[Point]:
        """All points over some axes, the last axis fastest."""
        names = [self.program.axes[dim].points for dim in dims]
        for combination in product(*names):
            yield dict(zip(dims, combination, strict=True))

    def dims(self, term: Term) -> tuple[str, ...]:
        """The axes of a term, in the order of their declaration."""
        if id(term) not in self._dims:
            found = term_dims(term, self.program.bindings)
            self._dims[id(term)] = tuple(sorted(found, key=self._order.__getitem__))
        return self._dims[id(term)]

    def node(self, term: Term, point: Point, name: str = "", taken: Point | None = None) -> str:
        """The id of the node that an edge term is at a point.

        ``name`` is the binding that it goes by; ``taken`` are points that chose the term, which tell
        nodes of one name apart.
        """
        match term:
            case Ref(binding):
                decl = self.program.bindings[binding]
                here = {dim: point[dim] for dim in decl.dims}
                key = (binding, *here.values())
                if key not in self._memo:
                    self._memo[key] = self.node(decl.term, here, binding)
                return self._memo[key]
            case Fix(base, chosen):
                return self.node(base, {**point, **chosen}, name, taken)
            case Switch(axis, branches):
                taken = {**(taken or {}), axis: point[axis]} if name else None
                return self.node(branches[point[axis]], point, name, taken)
            case Apply():
                return self._apply(term, point, name, taken or {})
            case _:
                raise TypeError(f"{term} is not an edge")

    def _apply(self, term: Apply, point: Point, name: str, taken: Point) -> str:
        dims = sorted({*self.dims(term), *taken}, key=self._order.__getitem__)
        here = {dim: point[dim] for dim in dims}
        key = (id(term), name, *here.values())
        if key not in self._memo:
            node = self._build(term, {**point, **here}, here, name)
            self._memo[key] = self.merged.add(node, term.span)
        return self._memo[key]

    def _build(self, term: Apply, point: Point, here: Point, name: str) -> Node:
        inputs = {
            port.name: self._inputs(term, port, point)
            for port in term.op.ports
            if port.name in term.ports
        }
        values: dict[str, Any] = {}
        for param in term.op.params:
            if param.name in term.params:
                values[param.name] = self._value(term.params[param.name], point, param.name, inputs)
        self._check(term, values, inputs)
        for doubt in doubts(term, inputs, self.dims, self.merged.nodes):
            self.found.add(doubt)
        moving = key_params(values, term.op.params, self.signatures)
        if term.op.fingerprint:  # without a version, an operation is known by its body
            moving["@body"] = term.op.fingerprint  # no parameter's name has an "@"
        version = term.op.version
        request = self._request(term, point)
        shown = name or term.text
        address = shown + (f"[{', '.join(f'{a}={p}' for a, p in here.items())}]" if here else "")
        return Node(
            id=keys.structural_id(term.op.name, version, moving, inputs),
            op=term.op.name,
            version=version,
            params=values,
            key_params=moving,
            inputs=inputs,
            sources=self._sources(term.op, values),
            kind=term.op.result,
            inline=term.op.inline,
            needs=request.needs,
            wants_gpu=term.op.wants_gpu,
            name=shown,
            point=dict(here),
            address=address,
            line=term.span.source.position(term.span.start)[0],
            written=term.written,
            retry=request.retry,
            timeout=request.timeout,
            environment=term.op.environment,
        )

    def _request(self, term: Apply, point: Point) -> Request:
        """How a node is to be run at a point; what the call leaves open the settings say."""
        if not term.operational and term.op.name in self._usual:
            return self._usual[term.op.name]
        said = {
            name: self._value(value, point, name, {}) for name, value in term.operational.items()
        }
        try:
            request = request_of(term.op, self.defaults.under(term.op.name, said))
            check_bases(request)
        except ValueError as problem:
            reason, advice = problem.args
            self.found.add(BadCombination(span=term.span, reason=reason, advice=advice))
            return Request()
        if not said:
            self._usual[term.op.name] = request
        return request

    def _sources(self, op: sig.OpSignature, values: Mapping[str, Any]) -> dict[str, str]:
        """The parameters that name files or repositories; most operations have none to look for."""
        return sources(op.params, values, self.signatures) if self._names_files(op) else {}

    def _names_files(self, op: sig.OpSignature) -> bool:
        if op.name not in self._naming:
            self._naming[op.name] = any(
                reaches_source(param.type, self.signatures, set()) for param in op.params
            )
        return self._naming[op.name]

    def _check(
        self, term: Apply, values: Mapping[str, Any], inputs: Mapping[str, tuple[str, ...]]
    ) -> None:
        """What an operation says of arguments that are fine one by one."""
        if self._names_files(term.op):
            problems: list[Problem] = []
            values = self.files.in_place(values, problems)
            for reason, advice in problems:
                self.found.add(BadText(span=term.span, reason=reason, advice=advice))
        checks = [term.op.check]
        for param in term.op.params:
            value = values.get(param.name)
            if isinstance(param.type, sig.VariantOf) and isinstance(value, dict):
                checks.append(self.signatures.variants[param.type.family][value["variant"]].check)
        told = self._calls.arguments(term.op, values, inputs) if any(checks) else {}
        for check in checks:
            problem = check(told) if check is not None else None
            if problem is not None:
                reason, advice = problem
                self.found.add(BadCombination(span=term.span, reason=reason, advice=advice))

    def _inputs(self, term: Apply, port: sig.Port, point: Point) -> tuple[str, ...]:
        given = term.ports[port.name]
        if not (port.many and term.over):
            return tuple(self.node(item, point) for item in given)
        found = []
        for item in given:
            reduced = [axis for axis in term.over if axis in self.dims(item)]
            found += [self.node(item, {**point, **more}) for more in self.points(reduced)]
        return tuple(found)

    def _value(
        self, term: Term, point: Point, path: str, inputs: dict[str, tuple[str, ...]]
    ) -> Any:
        """A parameter at a point, as JSON. Edges inside variants become inputs of their own."""
        match term:
            case Const(value):
                return value
            case ListTerm(items):
                return [self._value(item, point, path, inputs) for item in items]
            case Switch(axis, branches) if not _is_edge(branches[point[axis]]):
                return self._value(branches[point[axis]], point, path, inputs)
            case RecordTerm(fields):
                values: dict[str, Any] = {}
                for name, item in fields.items():
                    if _is_edge(item, point):
                        inputs[f"{path}.{name}"] = (self.node(item, point),)
                    else:
                        values[name] = self._value(item, point, f"{path}.{name}", inputs)
                return values
            case _:
                raise TypeError(f"{term} is not a value")

    def table(self, measure: MeasureDecl) -> MeasureTable:
        """A measure's cells at all their points."""
        cells = [
            Cell(cell.of, dict(point), self.node(cell.term, point))
            for cell in measure.cells
            for point in self.points(cell.dims)
        ]
        params = self.merged.nodes[cells[0].node].params if cells else {}
        return MeasureTable(
            measure.name,
            measure.op,
            measure.on,
            measure.dims,
            measure.over,
            dict(measure.arguments),
            tuple(cells),
            params,
        )


def _is_edge(term: Term, point: Point | None = None) -> bool:
    if isinstance(term, Switch):
        branch = term.branches[point[term.axis]] if point else next(iter(term.branches.values()))
        return _is_edge(branch, point)
    return isinstance(term, Ref | Fix | Apply)
