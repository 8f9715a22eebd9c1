"""All uses of names in one file: what stands at an offset, and where else it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from w2sdl import signature as sig
from w2sdl.lsp.occurrences import Occurrence
from w2sdl.lsp.symbols import (
    MAX_STEPS,
    SHARED,
    Scope,
    Symbol,
    SymbolKind,
    declare,
    definition_scope,
    entry_symbol,
    step_symbol,
)
from w2sdl.syntax import nodes


class FileIndex:
    """The names of one file.

    Args:
        module: the file as parsed.
        signatures: the operations and variants that it may use.
        open_library: the index of an imported file, or None where it can't be read.
    """

    def __init__(
        self,
        module: nodes.Module,
        signatures: sig.Signatures,
        open_library: Callable[[nodes.Import], FileIndex | None],
    ) -> None:
        self.module = module
        self.signatures = signatures
        self._open = open_library
        self._libraries: dict[str, FileIndex | None] = {}
        self._inside: dict[Symbol, Mapping[str, Symbol]] = {}
        self.scope = Scope(self)
        self.symbols: list[Symbol] = []  #: of all declarations, as written
        for declaration in module.declarations:
            if not declaration.name:
                continue  # it stands in for one that could not be read
            symbol = declare(declaration, self.scope)
            self.symbols.append(symbol)
            if symbol.kind in SHARED:
                self.scope.names.setdefault(symbol.name, symbol)
        self.bodies: dict[Symbol, Scope] = {
            s: definition_scope(s) for s in self.symbols if s.kind is SymbolKind.DEFINITION
        }

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        """All names of the file, in the order of the text."""
        return self._uses[0]

    @cached_property
    def reached(self) -> Mapping[Symbol, sig.ParamType]:
        """Plain values and axes, by the type of the parameter that they are used as."""
        return self._uses[1]

    @cached_property
    def _uses(self) -> tuple[list[Occurrence], Mapping[Symbol, sig.ParamType]]:
        from w2sdl.lsp.uses import find_uses

        found, reached = find_uses(self)
        return sorted(found, key=lambda o: (o.span.start, o.span.end)), reached

    @cached_property
    def _starts(self) -> list[int]:
        return [occurrence.span.start for occurrence in self.occurrences]

    def at(self, offset: int) -> Occurrence | None:
        """The name at an offset; the end of a name still belongs to it."""
        for index in range(bisect_right(self._starts, offset) - 1, -1, -1):
            span = self.occurrences[index].span
            if span.start <= offset <= span.end:
                return self.occurrences[index]
            if offset - span.start > 500:
                break  # names are short: what begins far before does not reach here
        return None

    def of(self, symbol: Symbol) -> list[Occurrence]:
        return [occurrence for occurrence in self.occurrences if occurrence.symbol is symbol]

    def library(self, line: nodes.Import) -> FileIndex | None:
        if line.path not in self._libraries:
            self._libraries[line.path] = None  # an import in a circle ends here
            self._libraries[line.path] = self._open(line)
        return self._libraries[line.path]

    # -- what an expression names -------------------------------------------------------------------

    def resolve(self, expr: nodes.Expr, scope: Scope, steps: int = MAX_STEPS) -> Symbol | None:
        """The symbol that an expression names: ``S'``, ``one.next``, ``burns.recipe``, ``sciq.test``."""
        if steps <= 0:
            return None
        match expr:
            case nodes.Name(name):
                return scope.lookup(name)
            case nodes.Select(base):
                return self.resolve(base, scope, steps - 1)
            case nodes.Field(base, name):
                owner = self.resolve(base, scope, steps - 1)
                return self.members(owner, steps - 1).get(name) if owner else None
            case _:
                return None

    def members(self, symbol: Symbol, steps: int = MAX_STEPS) -> Mapping[str, Symbol]:
        """What may stand behind a dot: outputs, what a library declares, parts, fields."""
        home = symbol.scope.file
        if symbol not in home._inside:
            if steps <= 0:
                return {}
            home._inside[symbol] = home._members(symbol, steps)
        return home._inside[symbol]

    def inputs(self, symbol: Symbol) -> Mapping[str, Symbol]:
        """What the sub-graph that a binding calls takes: a profile may set ``one.base``."""
        value = symbol.node.value if isinstance(symbol.node, nodes.Binding) else None
        called = self.resolve(value.callee, symbol.scope) if isinstance(value, nodes.Call) else None
        if called is None or called.kind is not SymbolKind.DEFINITION:
            return {}
        inner = called.scope.file.bodies[called].names
        return {name: s for name, s in inner.items() if s.kind is SymbolKind.INPUT}

    def _members(self, symbol: Symbol, steps: int) -> Mapping[str, Symbol]:
        match symbol.node:
            case nodes.Import() as line:
                library = self.library(line)
                return library.scope.names if library else {}
            case nodes.Binding(value=value) if symbol.kind is SymbolKind.BINDING:
                return self._members_of_value(value, symbol, steps)
            case nodes.Axis(points=points):
                fields: dict[str, Symbol] = {}
                for expr in (points, *self._rebound(symbol)):
                    fields = {**self._fields_of_points(expr, symbol, steps), **fields}
                return fields
            case nodes.Entry(value=value) if symbol.kind is SymbolKind.FIELD:
                return self._members_of_value(value, symbol, steps)
            case _:
                return {}

    def _members_of_value(
        self, value: nodes.Expr, symbol: Symbol, steps: int
    ) -> Mapping[str, Symbol]:
        match value:
            case nodes.Call(callee, _, named):
                called = self.resolve(callee, symbol.scope, steps - 1)
                if called is not None and called.kind is SymbolKind.DEFINITION:
                    return outputs_of(called)
                if symbol.kind is SymbolKind.BINDING and (steps_of := self._steps(value)):
                    return {name: step_symbol(name, symbol) for name in steps_of}
                if (elsewhere := parts_by_name(named)) is not None:
                    return self._members_of_value(elsewhere, symbol, steps - 1)
                return _entries(parts_of(named), SymbolKind.PART, symbol)
            case nodes.Record(entries):
                return _entries(entries, SymbolKind.FIELD, symbol)
            case nodes.Name() | nodes.Field() | nodes.Select():
                other = self.resolve(value, symbol.scope, steps - 1)
                return self.members(other, steps - 1) if other not in (None, symbol) else {}
            case _:
                return {}

    def _steps(self, call: nodes.Call) -> list[str]:
        """The names of what stands between the ends of a chain, where the spec says how long it is."""
        op = self.signatures.op(call.callee.name) if isinstance(call.callee, nodes.Name) else None
        if op is None or op.chain is None:
            return []
        given = [e.value for e in call.named if e.name == op.chain.along] or call.positional[:1]
        between = len(given[0].items) - 1 if given and isinstance(given[0], nodes.ListExpr) else 0
        numbers = range(1, between + 1)
        return [f"{name}{n}" for n in numbers for name in ("step", op.chain.carried)]

    def _fields_of_points(
        self, points: nodes.Expr, symbol: Symbol, steps: int
    ) -> Mapping[str, Symbol]:
        """``gap.weak``: the fields that the points of an axis have."""
        match points:
            case nodes.Call(nodes.Name("zip" | "product"), _, named):
                return _entries([e for e in named if e.name != "except"], SymbolKind.FIELD, symbol)
            case nodes.Record(entries) if entries:
                return self._members_of_value(entries[0].value, symbol, steps)
            case nodes.ListExpr(items) if items:
                return self._members_of_value(items[0], symbol, steps)
            case nodes.Name():
                return self._members_of_value(points, symbol, steps)
            case _:
                return {}

    def _rebound(self, symbol: Symbol) -> Iterator[nodes.Expr]:
        """What profiles set a name to, as a whole."""
        for declaration in self.module.declarations:
            if isinstance(declaration, nodes.Profile):
                for setting in declaration.settings:
                    if setting.path == (symbol.name,) and symbol.scope is self.scope:
                        yield setting.value

    def points(self, axis: Symbol, steps: int = MAX_STEPS) -> Mapping[str, Symbol]:
        """The points of an axis that have names of their own."""
        node = axis.node
        expr = node.points if isinstance(node, nodes.Axis) else None
        while isinstance(expr, nodes.Name) and steps:
            steps -= 1
            named = axis.scope.lookup(expr.name)
            expr = named.node.value if named and isinstance(named.node, nodes.Binding) else None
        if not isinstance(expr, nodes.Record):
            return {}
        known = self._points.setdefault(axis, {})
        if not known:
            known.update(_entries(expr.entries, SymbolKind.POINT, axis))
        return known

    @cached_property
    def _points(self) -> dict[Symbol, dict[str, Symbol]]:
        return {}


def parts_of(named: Iterable[nodes.Entry]) -> tuple[nodes.Entry, ...]:
    """The entries of ``parts: {...}``."""
    for entry in named:
        if entry.name == "parts" and isinstance(entry.value, nodes.Record):
            return entry.value.entries
    return ()


def parts_by_name(named: Iterable[nodes.Entry]) -> nodes.Expr | None:
    """The name in ``parts: rows``: the parts are the fields of that record."""
    for entry in named:
        if entry.name == "parts" and isinstance(entry.value, nodes.Name | nodes.Field):
            return entry.value
    return None


def outputs_of(definition: Symbol) -> Mapping[str, Symbol]:
    """The outputs of a sub-graph, as bindings of its body."""
    body = definition.scope.file.bodies[definition]
    node = definition.node
    assert isinstance(node, nodes.Definition)  # noqa: S101 (by its kind)
    return {name: body.names[name] for name in node.outputs if name in body.names}


def _entries(
    entries: Iterable[nodes.Entry], kind: SymbolKind, owner: Symbol
) -> Mapping[str, Symbol]:
    found: dict[str, Symbol] = {}
    for entry in entries:
        found.setdefault(entry.name, entry_symbol(entry, kind, owner))
    return found
