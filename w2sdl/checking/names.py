"""What the names of one file stand for, and expressions rewritten to names of the whole program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from w2sdl.errors import modules as errors
from w2sdl.errors import types
from w2sdl.messages.diagnostics import Collector
from w2sdl.messages.suggest import nearest_names
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


@dataclass(frozen=True, slots=True)
class Instance:
    """A sub-graph that was called: what it gives out."""

    outputs: tuple[str, ...]


@dataclass
class FileNames:
    """The names of one file.

    Of the sub-graph being written out, if one is: ``local`` are its names, ``given`` are inputs that
    it was called with by name.
    """

    prefix: str
    own: set[str] = field(default_factory=set)
    instances: dict[str, Instance] = field(default_factory=dict)
    definitions: dict[str, nodes.Definition] = field(default_factory=dict)
    libraries: dict[str, FileNames] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, nodes.Expr] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  #: names with a message already

    def full(self, name: str) -> str | None:
        """The program's name for one of this file's."""
        if name in self.given:
            given = self.given[name]
            return given.name if isinstance(given, nodes.Name) else None
        if name in self.local:
            return self.local[name]
        return self.prefix + name if name in self.own else None


class Rewriter:
    """Rewrites what one file (or the body of one sub-graph) says."""

    def __init__(self, file: FileNames, found: Collector) -> None:
        self._file = file
        self._found = found
        self._changes_nothing = not (
            file.prefix or file.local or file.instances or file.definitions or file.libraries
        ) and not any("." in name for name in file.own)

    def declaration(self, declaration: nodes.Declaration) -> nodes.Declaration:
        """A declaration with all its names rewritten."""
        match declaration:
            case nodes.Axis():
                name = self._file.prefix + declaration.name
                return replace(declaration, name=name, points=self.expression(declaration.points))
            case nodes.Measure():
                return replace(
                    declaration,
                    name=self._file.prefix + declaration.name,
                    value=self.expression(declaration.value),
                    on=self.expression(declaration.on),
                )
            case nodes.Expect():
                return replace(declaration, terms=tuple(map(self.expression, declaration.terms)))
            case nodes.Baseline():
                return replace(declaration, value=self.expression(declaration.value))
            case nodes.Profile():
                settings = tuple(
                    replace(setting, value=self.expression(setting.value))
                    for setting in declaration.settings
                )
                return replace(declaration, settings=settings)
            case _:
                return declaration

    def expression(self, expr: nodes.Expr) -> nodes.Expr:
        """An expression with all its names rewritten."""
        if self._changes_nothing:
            return expr
        match expr:
            case nodes.Name():
                return self._name(expr)
            case nodes.Field(base):
                return self._field(expr) or replace(expr, base=self.expression(base))
            case nodes.Select(base, entries):
                return replace(expr, base=self.expression(base), entries=self._points(entries))
            case nodes.Call():
                return self._call(expr)
            case nodes.ListExpr(items):
                return replace(expr, items=tuple(self.expression(item) for item in items))
            case nodes.Record(entries):
                return replace(expr, entries=self._entries(entries))
            case nodes.Arithmetic(_, left, right):
                return replace(expr, left=self.expression(left), right=self.expression(right))
            case _:
                return expr

    def _entries(self, entries: tuple[nodes.Entry, ...]) -> tuple[nodes.Entry, ...]:
        return tuple(replace(entry, value=self.expression(entry.value)) for entry in entries)

    def _points(self, entries: tuple[nodes.Entry, ...]) -> tuple[nodes.Entry, ...]:
        """Of a selection: the axis is a name of the file; a point is rewritten only if it is local."""
        found = []
        for entry in entries:
            value = entry.value
            is_point = isinstance(value, nodes.Name) and value.name not in self._file.local
            found.append(
                replace(
                    entry,
                    name=self._file.full(entry.name) or entry.name,
                    value=value if is_point else self.expression(value),
                )
            )
        return tuple(found)

    def _call(self, expr: nodes.Call) -> nodes.Expr:
        callee = expr.callee
        if isinstance(callee, nodes.Name) and callee.name in self._file.definitions:
            self._found.add(errors.CallNeedsName(span=expr.span, name=callee.name))
            self._file.broken.add(callee.name)
        elif isinstance(callee, nodes.Field):
            self._check_library_call(expr, callee)
        return replace(
            expr,
            positional=tuple(self.expression(item) for item in expr.positional),
            named=self._entries(expr.named),
            operational=self._entries(expr.operational),
        )

    def _check_library_call(self, expr: nodes.Call, callee: nodes.Field) -> None:
        if not isinstance(callee.base, nodes.Name) or callee.base.name not in self._file.libraries:
            return
        known = self._file.libraries[callee.base.name].definitions
        text = expression_text(callee)
        self._file.broken.add(callee.base.name)
        if callee.name in known:
            self._found.add(errors.CallNeedsName(span=expr.span, name=text))
            return
        self._found.add(
            types.UnknownField(
                span=callee.name_span,
                what=f"`{callee.base.name}`",
                name=callee.name,
                known=", ".join(known) or "none: it defines no sub-graph",
                near=nearest_names(callee.name, known),
            )
        )

    def _name(self, expr: nodes.Name) -> nodes.Expr:
        name = expr.name
        if name in self._file.given:
            return replace(self._file.given[name], span=expr.span)
        if name in self._file.instances:
            outputs = self._file.instances[name].outputs
            self._found.add(
                errors.WholeInstance(
                    span=expr.span, name=name, outputs=_listed(name, outputs), what="a sub-graph"
                )
            )
            self._file.broken.add(name)
            return expr
        if name in self._file.libraries and self._file.full(name) is None:
            names = sorted(self._file.libraries[name].own)
            self._found.add(
                errors.WholeInstance(
                    span=expr.span, name=name, outputs=_listed(name, names), what="a library"
                )
            )
            self._file.broken.add(name)
            return expr
        return replace(expr, name=self._file.full(name) or name)

    def _field(self, expr: nodes.Field) -> nodes.Expr | None:
        """``one.next`` or ``burns.recipe`` as one name; None for any other field."""
        path = _path(expr)
        if path is None:
            return None
        dotted = ".".join(path)
        first, name = path[0], path[1]
        if len(path) == 2 and first in self._file.instances:
            return self._output(expr, first, name)
        if first in self._file.local:
            return None
        if dotted in self._file.own:  # written with dots, as `w2sdl compile` does
            return nodes.Name(self._file.prefix + dotted, expr.span)
        if first in self._file.libraries and self._file.full(first) is None:
            return self._of_library(expr, self._file.libraries[first], first, path[1:])
        return None

    def _output(self, expr: nodes.Field, instance: str, name: str) -> nodes.Expr:
        outputs = self._file.instances[instance].outputs
        full = self._file.full(instance) or instance
        if name not in outputs:
            self._file.broken.add(f"{full}.{name}")
            self._found.add(
                types.UnknownField(
                    span=expr.name_span,
                    what=f"`{instance}`",
                    name=name,
                    known=", ".join(outputs),
                    near=nearest_names(name, outputs),
                )
            )
        return nodes.Name(f"{full}.{name}", expr.span)

    def _of_library(
        self, expr: nodes.Field, library: FileNames, alias: str, path: tuple[str, ...]
    ) -> nodes.Expr | None:
        if len(path) > 1 and not (path[0] in library.instances or path[0] in library.libraries):
            return None  # a field of what the library binds: the base is rewritten by itself
        inner = _nested(path, expr.span, expr.name_span)
        if path[0] in library.own or path[0] in library.libraries:
            return Rewriter(library, self._found).expression(inner)
        known = sorted({*library.own, *library.libraries})
        full = f"{library.prefix}{path[0]}"
        if full not in self._file.broken:
            self._file.broken.add(full)
            self._found.add(
                types.UnknownField(
                    span=expr.name_span,
                    what=f"`{alias}`",
                    name=path[0],
                    known=", ".join(known) or "none: it binds no value",
                    near=nearest_names(path[0], known),
                )
            )
        return nodes.Name(full, expr.span)


def is_plain(expr: nodes.Expr) -> bool:
    """Whether an expression only names something: `W`, `sciq.test`, `S[gap: near]`, 3."""
    match expr:
        case nodes.Field(base) | nodes.Select(base):
            return is_plain(base)
        case _:
            return isinstance(expr, nodes.Name | nodes.Literal)


def _path(expr: nodes.Expr) -> tuple[str, ...] | None:
    match expr:
        case nodes.Name(name):
            return (name,)
        case nodes.Field(base, name):
            before = _path(base)
            return (*before, name) if before else None
        case _:
            return None


def _nested(path: tuple[str, ...], span: Span, name_span: Span) -> nodes.Expr:
    expr: nodes.Expr = nodes.Name(path[0], span)
    for name in path[1:]:
        expr = nodes.Field(expr, name, span, name_span)
    return expr


def _listed(name: str, outputs: tuple[str, ...] | list[str]) -> str:
    shown = [f"`{name}.{output}`" for output in outputs[:6]]
    return ", ".join(shown) + (", …" if len(outputs) > 6 else "")
