"""All uses of names in a file: its declarations walked, in an order in which types are known.

What a plain value or an axis holds is known by the parameter that it reaches, so calls come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from w2sdl import signature as sig
from w2sdl.errors.validity import RULES
from w2sdl.kinds import Kind
from w2sdl.lsp.index import FileIndex, parts_of
from w2sdl.lsp.occurrences import Argument, Occurrence, Rule
from w2sdl.lsp.symbols import Scope, Symbol, SymbolKind, header_names, lexemes_of
from w2sdl.lsp.walk import Walk, Want, arguments_of, type_of
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.tree import normalise_name


def find_uses(index: FileIndex) -> tuple[list[Occurrence], dict[Symbol, sig.ParamType]]:
    """All occurrences of names in a file, in no order, and what plain values and axes are used as."""
    walk = _Declarations(index)
    for symbol in index.symbols:
        if symbol.kind is SymbolKind.BASELINE:
            continue  # it names an axis, and defines nothing
        first = index.scope.names.get(symbol.name, symbol)
        walk.found.append(
            Occurrence(symbol.span, first if first.kind is symbol.kind else symbol, defines=True)
        )
    # Sub-graphs first: what they are called with is known by what they use it for.
    ordered = sorted(index.symbols, key=lambda s: s.kind is not SymbolKind.DEFINITION)
    later = [s for s in ordered if not walk.declaration(s)]
    while later:
        ready = [s for s in later if s in walk.reached] or later
        for symbol in ready:
            walk.value(symbol)
        later = [s for s in later if s not in ready]
    for symbol in index.symbols:
        if isinstance(symbol.node, nodes.Profile):
            walk.profile(symbol.node)
    return walk.found, walk.reached


class _Declarations(Walk):
    def declaration(self, symbol: Symbol) -> bool:
        """Walk a declaration; false for those whose types are known only when others were walked."""
        node, scope = symbol.node, symbol.scope
        match node:
            case nodes.Binding(value=value):
                if not self._is_call(value):
                    return False
                self._binding(node, symbol, scope)
            case nodes.Axis():
                return False
            case nodes.Measure(value=value, on=on):
                self._measure(value, scope)
                self.visit(on, sig.Port("on", Kind.DATA), scope)
                self._waivers(node.waivers)
            case nodes.Expect() | nodes.Baseline():
                return False
            case nodes.Definition():
                self._definition(symbol)
        return True

    def value(self, symbol: Symbol) -> None:
        """Walk a plain value or an axis, by what it was seen to be used as."""
        want = self.reached.get(symbol)
        match symbol.node:
            case nodes.Axis(points=points):
                self.points(points, want, symbol)
            case nodes.Binding() as node:
                self._binding(node, symbol, symbol.scope, want)
            case nodes.Expect(terms=terms):
                for term in terms:
                    self.visit(term, None, symbol.scope)
            case nodes.Baseline() as node:
                self._baseline(node, symbol.scope)

    def _is_call(self, value: nodes.Expr) -> bool:
        if not isinstance(value, nodes.Call):
            return False
        name = value.callee.name if isinstance(value.callee, nodes.Name) else ""
        return self.signatures.op(name) is not None or not self.signatures.is_variant(name)

    def _binding(
        self, node: nodes.Binding, symbol: Symbol, scope: Scope, want: Want = None
    ) -> None:
        if isinstance(node.value, nodes.Call):
            self.define(parts_of(node.value.named), SymbolKind.PART, symbol)
        if isinstance(node.value, nodes.Record) and want is None:
            self.fields(node.value.entries, symbol)
        else:
            self.visit(node.value, want, scope)
        self._waivers(node.waivers)

    def _baseline(self, node: nodes.Baseline, scope: Scope) -> None:
        if node.name == "of":
            self.visit(node.value, None, scope)
        else:
            entry = nodes.Entry(node.name, node.value, node.name_span)
            self._selection(node.value, [entry], scope)

    def _waivers(self, waivers: Iterable[nodes.Waiver]) -> None:
        for waiver in waivers:
            for lexeme in lexemes_of(waiver.span)[2:3]:
                if waiver.rule in RULES:
                    span = Span(waiver.span.source, lexeme.start, lexeme.end)
                    self.found.append(Occurrence(span, about=Rule(waiver.rule)))

    def _definition(self, symbol: Symbol) -> None:
        node = symbol.node
        assert isinstance(node, nodes.Definition)  # noqa: S101 (by its kind)
        scope = self.index.bodies[symbol]
        inputs, outputs = header_names(node)
        for span in inputs:
            self.name(normalise_name(span.text), span, None, scope, defines=True)
        for binding in node.body:
            inner = scope.names[binding.name]
            self.found.append(Occurrence(binding.name_span, inner, defines=True))
            self._binding(binding, inner, scope)
        for span in outputs:
            self.name(normalise_name(span.text), span, None, scope)

    # -- profiles -----------------------------------------------------------------------------------------

    def profile(self, node: nodes.Profile) -> None:
        """The settings of a profile: paths into bindings, and values of what they set."""
        for setting in node.settings:
            self._setting(setting)

    def _setting(self, setting: nodes.Setting) -> None:
        scope = self.index.scope
        spans = list(_path_spans(setting.path_span))
        symbol = scope.lookup(setting.path[0])
        if symbol is None or len(spans) != len(setting.path):
            self.visit(setting.value, None, scope)
            return
        self.found.append(Occurrence(spans[0], symbol))
        depth = 1
        while depth < len(spans) and symbol.kind in (SymbolKind.BINDING, SymbolKind.IMPORT):
            name = setting.path[depth]
            inner = self.index.members(symbol).get(name) or self.index.inputs(symbol).get(name)
            if inner is None or inner.kind in (
                SymbolKind.PART,
                SymbolKind.FIELD,
                SymbolKind.STEP,
            ):
                break
            symbol = inner
            self.found.append(Occurrence(spans[depth], symbol))
            depth += 1
        if symbol.kind is SymbolKind.AXIS and depth < len(spans):
            symbol, depth = self._into_axis(symbol, setting.path, spans)
        self._set(setting, symbol, spans, depth)

    def _into_axis(
        self, axis: Symbol, path: Sequence[str], spans: list[Span]
    ) -> tuple[Symbol, int]:
        """How far a path goes into an axis: to a point, and to a field of points that are records."""
        symbol, depth = axis, 1
        for known in (self.index.points(axis), self.index.members(axis)):
            inner = known.get(path[depth]) if depth < len(spans) else None
            if inner is None:
                break
            self.found.append(Occurrence(spans[depth], inner))
            symbol, depth = inner, depth + 1
        return symbol, depth

    def _set(self, setting: nodes.Setting, symbol: Symbol, spans: list[Span], depth: int) -> None:
        scope, value = self.index.scope, setting.value
        want: Want = self.reached.get(symbol)
        if depth == len(spans):
            if symbol.kind is SymbolKind.AXIS:
                self.points(value, want, symbol)
                return
            if isinstance(value, nodes.Call):
                self.define(parts_of(value.named), SymbolKind.PART, symbol)
            self.visit(value, want, scope)
            return
        if not isinstance(want, sig.RecordOf):
            first = self._argument(symbol, setting.path[depth])
            items = {} if first is None else {first.name: first}
        else:
            items = {param.name: param for param in want.fields}
        for name, span in zip(setting.path[depth:], spans[depth:], strict=True):
            item = items.get(name)
            want = type_of(item)
            if item is None:
                break
            self.found.append(Occurrence(span, about=Argument(symbol.name, item)))
            items = {p.name: p for p in want.fields} if isinstance(want, sig.RecordOf) else {}
        self.visit(value, want, scope)

    def _argument(self, symbol: Symbol, name: str) -> sig.Port | sig.Param | None:
        """The argument of this name of the operation that a binding calls."""
        value = symbol.node.value if isinstance(symbol.node, nodes.Binding) else None
        if isinstance(value, nodes.Call) and isinstance(value.callee, nodes.Name):
            op = self.signatures.op(value.callee.name)
            if op is not None:
                return next((item for item in arguments_of(op) if item.name == name), None)
        return None


def _path_spans(span: Span) -> Iterator[Span]:
    """The names of a dotted path, declaration words among them too."""
    for lexeme in lexemes_of(span):
        if lexeme.type != "DOT":
            yield Span(span.source, lexeme.start, lexeme.end)
