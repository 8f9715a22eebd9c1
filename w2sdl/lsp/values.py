"""Values that can be written at a place, by the type that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from w2sdl import signature as sig
from w2sdl.checking.axes import point_name
from w2sdl.checking.check_expectations import STATISTICS, TRENDS
from w2sdl.errors.validity import RULES
from w2sdl.kinds import COERCIONS, Kind, is_accepted
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.candidates import Candidate, Sort, operation_candidates, variant_candidate
from w2sdl.lsp.context import Context
from w2sdl.lsp.expecting import Expected, expected_at, reached_by
from w2sdl.lsp.hover import comment_above
from w2sdl.lsp.symbols import Symbol, SymbolKind
from w2sdl.lsp.walk import Want
from w2sdl.syntax import nodes
from w2sdl.syntax.quantities import WORDS
from w2sdl.syntax.text import expression_text, literal_text

_Keep = Callable[[sig.OpSignature], bool]


class Values:
    """The values that fit a context, and the names that can be used there."""

    def __init__(self, analysis: Analysis, context: Context) -> None:
        self.analysis = analysis
        self.context = context
        self.index = analysis.index
        self.signatures = analysis.signatures
        self.expected = expected_at(analysis, context)
        self.names = self._names()

    def _names(self) -> dict[str, Symbol]:
        """The names that can be used here; inside a sub-graph, its own too."""
        if self.context.keyword == "def":
            for definition, inner in self.index.bodies.items():
                if definition.name == self.context.name:
                    return dict(inner.all())
        return dict(self.index.scope.names)

    def values(self, expected: Expected) -> Iterator[Candidate]:
        """The values that fit what is expected."""
        want = expected.want
        while isinstance(want, sig.OptionalOf):
            want = want.inner
        frame = self.context.frames[-1] if self.context.frames else None
        if frame is not None and frame.head == ("allow",):
            yield from (Candidate(rule, Sort.ENUM, detail=code) for rule, code in RULES.items())
        elif expected.selected is not None and frame is not None:
            yield from self._points(expected.selected, frame.label)
        elif expected.record is not None and frame is not None and frame.label == "preset":
            for name, values in expected.record.presets.items():
                yield Candidate(
                    f"{name}()", Sort.VARIANT, detail=literal_text(dict(values)), rank=1
                )
        elif self.context.keyword in ("expect", "baseline"):
            yield from self._claims(frame.label if frame else "")
        elif isinstance(want, sig.Port):
            yield from self._edges(want)
        elif want is not None:
            yield from self._of_type(want)
        elif not self._is_full(expected):
            yield from self._anything()

    def _is_full(self, expected: Expected) -> bool:
        """Whether an operation has got all that it takes by position."""
        return self.context.place == "argument" and isinstance(
            expected.callee, sig.OpSignature | sig.VariantSignature
        )

    def _points(self, selected: Symbol | None, label: str) -> Iterator[Candidate]:
        if label == "of" and selected is not None:
            yield from self._measured(selected)
        axis = self.names.get(label)
        if axis is None or not isinstance(axis.node, nodes.Axis):
            return
        program = self.analysis.program
        decl = program.axes.get(axis.name) if program else None
        if decl is not None:
            for name, text in zip(decl.points, decl.texts, strict=True):
                written = name if name.isidentifier() or name.isdigit() else literal_text(name)
                yield Candidate(written, Sort.POINT, detail=text if text != name else "", rank=1)
        elif isinstance(axis.node.points, nodes.ListExpr):
            for item in axis.node.points.items:
                yield Candidate(point_name(item), Sort.POINT, rank=1)

    def _baselines(self) -> Iterator[Candidate]:
        """The points of the axis that a baseline names, or all that is measured."""
        for symbol in self.names.values():
            if self.context.name == "of" and symbol.kind is SymbolKind.MEASURE:
                yield from self._measured(symbol)
        yield from self._points(self.names.get(self.context.name), self.context.name)

    def _measured(self, selected: Symbol) -> Iterator[Candidate]:
        node = selected.node
        if isinstance(node, nodes.Measure) and isinstance(node.value, nodes.Call):
            for item in node.value.positional:
                yield Candidate(expression_text(item), Sort.BINDING, rank=1)

    def _claims(self, label: str) -> Iterator[Candidate]:
        if self.context.keyword == "baseline":
            yield from self._baselines()
            return
        labels = {label, *(inner.label for inner in self.context.frames)}
        if labels & {"over", "along"}:
            yield from self._axes(0)
            return
        for name, symbol in self.names.items():
            if symbol.kind is SymbolKind.MEASURE:
                yield self.symbol(name, symbol, 1)
        for name in STATISTICS:
            yield Candidate(name, Sort.OPERATION, f"{name}($0, over: )", "over an axis", rank=2)
        for name in TRENDS:
            yield Candidate(name, Sort.OPERATION, f"{name}($0, along: )", "along an axis", rank=2)

    def _edges(self, port: sig.Port) -> Iterator[Candidate]:
        """Names and calls whose kind fits a port."""
        fits = _Fit(port.kind, measured=self.context.keyword == "measure")
        for name, symbol in self.names.items():
            kind = self.analysis.kinds.get(name)
            if symbol.kind is SymbolKind.BINDING and self._is_node(symbol):
                if kind is None or fits.accepts(kind):
                    yield self.symbol(name, symbol, 1 if kind else 4)
                yield from self._paths(name, symbol, fits)
            elif symbol.kind in (SymbolKind.INPUT, SymbolKind.AXIS):
                yield self.symbol(name, symbol, 4)
            elif symbol.kind is SymbolKind.IMPORT:
                yield self.symbol(name, symbol, 5)
        if port.name != "on":
            yield from self._operations(lambda op: fits.accepts(op.result), 3)

    def _paths(self, name: str, symbol: Symbol, fits: _Fit) -> Iterator[Candidate]:
        """Parts of data and outputs of sub-graphs, with the name before the dot."""
        for member in self.index.members(symbol).values():
            full = f"{name}.{member.name}"
            kind = Kind.DATA if member.kind is SymbolKind.PART else self.analysis.kinds.get(full)
            if kind is not None and fits.accepts(kind):
                sort = Sort.PART if member.kind is SymbolKind.PART else Sort.BINDING
                yield Candidate(full, sort, detail=str(kind), rank=2)

    def _is_node(self, symbol: Symbol) -> bool:
        if symbol.name in self.analysis.kinds:
            return True
        value = symbol.node.value if isinstance(symbol.node, nodes.Binding) else None
        return isinstance(value, nodes.Call | nodes.Name | nodes.Select | nodes.Field)

    def _of_type(self, want: sig.ParamType) -> Iterator[Candidate]:
        """Values of a parameter's type; names of axes and plain values may always stand for one."""
        for family in _families(want):
            yield from self._variants(family)
        for choice in choices_of(want):
            yield Candidate(f'"{choice}"', Sort.ENUM, rank=1)
        yield from (Candidate(word, Sort.ENUM, rank=1) for word in _words(want))
        if isinstance(want, sig.Scalar) and want.text == "true or false":
            yield from (Candidate(word, Sort.WORD, rank=1) for word in ("true", "false"))
        if isinstance(want, sig.RecordOf | sig.MapOf):
            yield Candidate("{}", Sort.VALUE, "{$0}", "a record", rank=1)
        if isinstance(want, sig.AxesOf):
            yield from self._axes(1)
            return
        for name, symbol in self.names.items():
            axis = symbol.kind is SymbolKind.AXIS
            plain = symbol.kind is SymbolKind.BINDING and not self._is_node(symbol)
            if axis or plain or symbol.kind is SymbolKind.INPUT:
                fits = reached_by(self.index, symbol) == want
                yield self.symbol(name, symbol, 2 if fits else 4)

    def _variants(self, family: str) -> Iterator[Candidate]:
        for variant in self.signatures.variants.get(family, {}).values():
            yield variant_candidate(variant)

    def _axes(self, rank: int) -> Iterator[Candidate]:
        for name, symbol in self.names.items():
            if symbol.kind is SymbolKind.AXIS:
                yield self.symbol(name, symbol, rank)

    def _anything(self) -> Iterator[Candidate]:
        """The value of a declaration, or a place whose type is not known."""
        measuring = self.context.keyword == "measure" and not self.context.frames
        yield from self._operations(lambda op: (op.result is Kind.METRIC) == measuring, 3)
        if measuring:
            return
        for name, symbol in self.names.items():
            if symbol.kind is SymbolKind.DEFINITION:
                yield Candidate(name, Sort.OPERATION, f"{name}($0)", "sub-graph", rank=2)
            elif symbol.kind is not SymbolKind.MEASURE:
                yield self.symbol(name, symbol, 2)
        if self.context.keyword == "axis" or (self.context.frames and not self.expected.callee):
            for family in self.signatures.variants:
                yield from self._variants(family)

    def _operations(self, keep: _Keep, rank: int) -> Iterator[Candidate]:
        for op in self.signatures.ops.values():
            if keep(op):
                yield from operation_candidates(op, rank)

    def symbol(self, name: str, symbol: Symbol, rank: int) -> Candidate:
        """A name of the spec."""
        kind = self.analysis.kinds.get(name)
        detail = str(kind) if kind else str(symbol.kind)
        return Candidate(
            name, _SORTS.get(symbol.kind, Sort.VALUE), "", detail, comment_above(symbol), rank
        )


class _Fit:
    """Which kinds may stand at a port: those accepted as they are, and those with a coercion."""

    def __init__(self, wanted: Kind, measured: bool) -> None:
        self._wanted = wanted
        self._measured = measured and wanted is Kind.LABELS

    def accepts(self, kind: Kind) -> bool:
        """Whether a kind fits. A measure takes predictors for the labels that they give."""
        if self._measured and kind is Kind.PREDICTOR:
            return True
        return is_accepted(kind, self._wanted) or (kind, self._wanted) in COERCIONS


_SORTS = {
    SymbolKind.AXIS: Sort.AXIS,
    SymbolKind.BINDING: Sort.BINDING,
    SymbolKind.INPUT: Sort.BINDING,
    SymbolKind.MEASURE: Sort.BINDING,
    SymbolKind.DEFINITION: Sort.OPERATION,
    SymbolKind.IMPORT: Sort.LIBRARY,
    SymbolKind.PART: Sort.PART,
    SymbolKind.POINT: Sort.POINT,
    SymbolKind.STEP: Sort.BINDING,
}


def _families(want: sig.ParamType) -> Iterable[str]:
    match want:
        case sig.VariantOf(family):
            return (family,)
        case sig.EitherOf(variant=sig.VariantOf(family)):
            return (family,)
        case _:
            return ()


def _words(want: sig.ParamType) -> Iterable[str]:
    """What is written without quotation marks."""
    match want:
        case sig.WordOf(choices):
            return choices
        case sig.QuantityOf("factor"):
            return WORDS
        case _:
            return ()


def choices_of(want: Want) -> tuple[str, ...]:
    """The words that a parameter may be."""
    while isinstance(want, sig.OptionalOf):
        want = want.inner
    return want.choices if isinstance(want, sig.Scalar) else ()
