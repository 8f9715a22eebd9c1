"""What can be written at an offset, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from w2sdl import signature as sig
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.candidates import Candidate, Sort
from w2sdl.lsp.context import context_at
from w2sdl.lsp.documentation import param_text, port_text, short_type
from w2sdl.lsp.expecting import settable
from w2sdl.lsp.symbols import Symbol, SymbolKind
from w2sdl.lsp.values import Values, choices_of
from w2sdl.operational import operational_params
from w2sdl.signature import REQUIRED
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


@dataclass(frozen=True, slots=True)
class Completion:
    """Candidates that replace the text from ``start`` to the offset."""

    start: int
    candidates: tuple[Candidate, ...] = ()


_DECLARATIONS = {
    "experiment": ("experiment ", "the experiment's name and question"),
    "import": ('import "$0" as ', "a library's definitions and values"),
    "axis": ("axis $0 = ", "what varies"),
    "data": ("data $0 = ", "a task, in disjoint parts"),
    "weak": ("weak $0 = ", "a weak model"),
    "strong": ("strong $0 = ", "a strong model"),
    "measure": ("measure $0 = ", "what is measured, on which rows"),
    "expect": ("expect $0: ", "a claim, judged after the run"),
    "baseline": ("baseline $0: ", "what other numbers are compared with"),
    "profile": ("profile $0 {\n}", "other values for names and parameters"),
    "def": ("def $0() ->  {\n}", "a sub-graph, used more than once"),
}


def complete(analysis: Analysis, offset: int) -> Completion:
    """What can be written at an offset."""
    context = context_at(analysis, offset)
    if context.place == "comment" or (context.place == "name" and context.string is None):
        return Completion(offset)
    finder = _Finder(analysis, context)
    if context.string is not None:
        start = offset - len(context.string)
        return Completion(start, tuple(finder.in_string()))
    candidates = {c.label: c for c in reversed(list(finder.candidates()))}
    ordered = sorted(candidates.values(), key=lambda c: (c.rank, c.label.casefold()))
    return Completion(context.start, tuple(ordered))


class _Finder(Values):
    def candidates(self) -> Iterator[Candidate]:
        """All candidates, likeliest first where a label comes twice."""
        place = self.context.place
        if place == "declaration":
            yield from self._declarations()
        elif place == "member":
            yield from self._members()
        elif place == "setting":
            yield from self._settings()
        elif place == "label":
            yield from self._labels()
        elif place == "argument":
            yield from self._parameters()
            yield from self.values(self.expected)
        elif place == "value":
            yield from self.values(self.expected)
        elif place == "after":
            yield from self._after()

    def in_string(self) -> Iterator[Candidate]:
        """The words that a parameter takes, or the files that can be imported."""
        if self.context.keyword == "import" and not self.context.frames:
            folder = self.analysis.place.parent
            for path in sorted(folder.glob("**/*.w2s"))[:200]:
                if path.resolve() != self.analysis.place.resolve():
                    yield Candidate(path.relative_to(folder).as_posix(), Sort.FILE)
            return
        for choice in choices_of(self.expected.want):
            yield Candidate(choice, Sort.ENUM, rank=1)

    def _declarations(self) -> Iterator[Candidate]:
        for word, (text, detail) in _DECLARATIONS.items():
            yield Candidate(word, Sort.WORD, text, detail)

    def _after(self) -> Iterator[Candidate]:
        if self.context.frames:
            return
        if self.context.keyword == "measure" and not self.context.on:
            yield Candidate("on", Sort.WORD, "on ", "the rows that are measured")
        yield Candidate(
            "allow", Sort.WORD, 'allow($0, "")', "waive a rule of validity, with a reason"
        )

    def _members(self) -> Iterator[Candidate]:
        path = self.context.path
        symbol = self.names.get(path[0]) if path else None
        in_profile = self.context.keyword == "profile" and len(self.context.frames) == 1
        if in_profile and symbol is not None and self._is_path():
            yield from self._set_members(symbol, path)
            return
        for name in path[1:]:
            symbol = self.index.members(symbol).get(name) if symbol else None
        if symbol is None:
            return
        for name, member in self.index.members(symbol).items():
            yield self.symbol(name, member, 1)

    def _is_path(self) -> bool:
        """In a profile: whether the dot is in the path that is set, not in a value."""
        text = self.analysis.text
        line = text[text.rfind("\n", 0, self.context.start) + 1 : self.context.start]
        return "=" not in line

    def _set_members(self, symbol: Symbol, path: tuple[str, ...]) -> Iterator[Candidate]:
        inside = {**self.index.members(symbol), **self.index.inputs(symbol)}
        for name, member in inside.items() if len(path) == 1 else ():
            if member.kind not in (SymbolKind.PART, SymbolKind.FIELD, SymbolKind.STEP):
                yield self.symbol(name, member, 1)
        items = settable(self.analysis, symbol)
        for name in path[1:]:
            item = next((i for i in items if i.name == name), None)
            kind = item.type if isinstance(item, sig.Param) else None
            items = list(kind.fields) if isinstance(kind, sig.RecordOf) else []
        for item in items:
            text = port_text(item) if isinstance(item, sig.Port) else param_text(item)
            yield Candidate(item.name, Sort.PARAMETER, detail=text, rank=1)

    def _settings(self) -> Iterator[Candidate]:
        if self.context.keyword == "def":
            yield from (
                Candidate(word, Sort.WORD, f"{word} ") for word in ("data", "weak", "strong")
            )
            return
        for name, symbol in self.names.items():
            if symbol.kind in (SymbolKind.AXIS, SymbolKind.BINDING):
                yield self.symbol(name, symbol, 1)

    def _labels(self) -> Iterator[Candidate]:
        """Labels of a selection or of a record with known fields."""
        if self.context.keyword == "baseline":
            yield Candidate("of", Sort.PARAMETER, "of: ", "a measured thing")
            for axis in self._axes(1):
                yield replace(axis, text=f"{axis.label}: ")
        elif self.expected.selected is not None:
            yield from self._selectable(self.expected.selected)
        elif self.expected.record is not None:
            record = self.expected.record
            for param in record.fields:
                yield from self._label(param.name, param_text(param), param.doc)
            if record.presets:
                yield from self._label("preset", " | ".join(f"{p}()" for p in record.presets))

    def _label(self, name: str, detail: str, doc: str = "", rank: int = 1) -> Iterator[Candidate]:
        if name not in self.context.frames[-1].labels:
            yield Candidate(name, Sort.PARAMETER, f"{name}: ", detail, doc, rank)

    def _selectable(self, selected: Symbol) -> Iterator[Candidate]:
        if selected.kind is SymbolKind.MEASURE:
            yield from self._label("of", "what was measured")
            node = selected.node
            if isinstance(node, nodes.Measure) and isinstance(node.value, nodes.Call):
                op = self.signatures.op(expression_text(node.value.callee))
                for facet, values in op.facets.items() if op else ():
                    yield from self._label(facet, " | ".join(values))
        for axis in self._dims(selected):
            yield from self._label(axis, "axis")

    def _dims(self, symbol: Symbol) -> list[str]:
        """The axes that something varies over; all of them where that is not known."""
        program = self.analysis.program
        if program is not None:
            measures = {m.name: m.dims for m in program.measures}
            known = {**{b.name: b.dims for b in program.bindings.values()}, **measures}
            path = ".".join(self.context.frames[-1].head)
            dims = known.get(path) or known.get(symbol.name)
            if dims:
                return list(dims)
        return [name for name, s in self.names.items() if s.kind is SymbolKind.AXIS]

    def _parameters(self) -> Iterator[Candidate]:
        callee = self.expected.callee
        if isinstance(callee, Symbol):
            for name, symbol in callee.scope.file.bodies[callee].names.items():
                if symbol.kind is SymbolKind.INPUT:
                    yield from self._label(name, f"input of {callee.name}")
        elif callee is not None:
            yield from self._parameters_of(callee)

    def _parameters_of(self, callee: sig.OpSignature | sig.VariantSignature) -> Iterator[Candidate]:
        taken = self.expected.taken
        for port in callee.ports:
            if not port.on and port.name not in taken:
                yield from self._label(port.name, port_text(port), rank=3)
        for param in callee.params:
            if param.name not in taken:
                rank = 1 if param.default is REQUIRED else 2
                yield from self._label(param.name, param_text(param), param.doc, rank)
        for param in operational_params(callee) if isinstance(callee, sig.OpSignature) else ():
            yield from self._label(param.name, short_type(param.type), param.doc, 4)
