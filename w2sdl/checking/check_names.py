"""Names in a spec being checked: what they stand for, axes and their points, definitions in a circle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from w2sdl import signature as sig
from w2sdl.checking.axes import point_name
from w2sdl.checking.scope import Scope, category, field_value
from w2sdl.errors import names, types
from w2sdl.messages.diagnostics import Collector
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import BindingDecl, Term
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text


class Names:
    """The state of checking one spec, and all that concerns names."""

    def __init__(self, scope: Scope, signatures: sig.Signatures, found: Collector) -> None:
        self.scope = scope
        self.signatures = signatures
        self.found = found
        self.bindings: dict[str, BindingDecl] = {}
        self._failed: set[str] = set()
        self._open: list[str] = []  # names being checked, to see cycles
        #: what an axis gives for a parameter, by (as written, its type, its name): a seed with many
        #: points is used by many calls
        self.switches: dict[tuple[str, int, str], Term | None] = {}

    def unique_entries(self, entries: tuple[nodes.Entry, ...]) -> list[nodes.Entry]:
        """Entries by name; a label given twice is reported (overrides win silently)."""
        kept: dict[str, nodes.Entry] = {}
        for entry in entries:
            if entry.name in kept and not entry.overrides:
                self.found.add(names.DuplicateLabel(span=entry.name_span, name=entry.name))
            kept[entry.name] = entry
        return list(kept.values())

    def is_known(self, expr: nodes.Expr) -> bool:
        """Whether the name at the root of an expression is defined."""
        root = root_of(expr)
        seen: set[str] = set()
        while isinstance(root, nodes.Name) and root.name in self.scope.bindings:
            if root.name in seen:
                return True  # in a circle, which is another mistake
            seen.add(root.name)
            root = root_of(self.scope.bindings[root.name].value)
        return not isinstance(root, nodes.Name) or root.name in self.scope.names

    def is_node(self, expr: nodes.Expr) -> bool:
        return category(expr, self.scope, self.signatures) == "node"

    def axis_of(self, expr: nodes.Name | nodes.Field) -> str | None:
        """The axis that ``axis`` or ``axis.field`` chooses along."""
        base = expr.base if isinstance(expr, nodes.Field) else expr
        if isinstance(base, nodes.Name) and base.name in self.scope.axes:
            return base.name
        return None

    def field_values(self, base: nodes.Expr, name: str) -> list[nodes.Expr]:
        """What ``base.name`` stands for: one expression, or one for each point of an axis."""
        points: Sequence[nodes.Expr] = (base,)
        if isinstance(base, nodes.Name) and base.name in self.scope.axes:
            points = list(self.scope.axes[base.name].points.values())
        found = (field_value(point, name, self.scope) for point in points)
        return [value for value in found if value is not None]

    def lacks_field(self, expr: nodes.Field) -> bool:
        """Whether a record, or an axis of records, has other fields than this one."""
        known = _field_names(expr.base, self.scope)
        return bool(known) and not self.field_values(expr.base, expr.name)

    def refuse_binding(self, name: str) -> None:
        """A binding with a message: nothing more is said where it is used."""
        self._failed.add(name)

    def report_circle(self, circle: tuple[str, ...]) -> None:
        """Definitions that need each other: one message, and nothing more about them."""
        self._failed.update(circle)
        shown = [*circle[:8], "…"] if len(circle) > 8 else [*circle]
        self.found.add(
            names.CyclicDefinition(
                span=self._name_span(circle[0]),
                name=circle[0],
                path=" → ".join([*shown, circle[0]]),
            )
        )

    def inside(self, name: str, check: Callable[[], Term | None]) -> Term | None:
        """Check below a name, reporting a definition that needs itself."""
        if name in self._failed:
            return None
        if name in self._open:
            self.report_circle(tuple(self._open[self._open.index(name) :]))
            return None
        self._open.append(name)
        try:
            return check()
        finally:
            self._open.pop()

    def _name_span(self, name: str) -> Span:
        if name in self.scope.axes:
            return self.scope.axes[name].declaration.name_span
        return self.scope.bindings[name].name_span

    def report_unknown(
        self, expr: nodes.Name, near: tuple[str, ...] = (), advice: str = ""
    ) -> None:
        if expr.name in self.scope.broken:
            return
        found = near or nearest_names(expr.name, self.scope.names)
        self.found.add(names.UnknownName(span=expr.span, name=expr.name, near=found, advice=advice))

    def report_unknown_field(self, expr: nodes.Field, known: Sequence[str] = ()) -> None:
        known = known or _field_names(expr.base, self.scope)
        what = f"`{expression_text(expr.base)}`"
        nothing = "none: only records, axes of records and data sets (their parts) have fields"
        self.found.add(
            types.UnknownField(
                span=expr.name_span,
                what=what,
                name=expr.name,
                known=", ".join(known) or nothing,
                near=nearest_names(expr.name, known),
            )
        )

    def varies(
        self, axis: str, span: Span, dims: frozenset[str], what: str, gone: Sequence[str] = ()
    ) -> bool:
        """Whether there is an axis to reduce or choose along. ``gone``: those reduced before."""
        if axis in self.scope.broken:
            return False  # its declaration has a mistake of its own
        if axis not in self.scope.axes:
            near = nearest_names(axis, self.scope.axes)
            known = ", ".join(self.scope.axes) or "none"
            advice = f"axes of this spec: {known}"
            self.found.add(names.UnknownAxis(span=span, name=axis, near=near, advice=advice))
            return False
        if axis not in dims:
            listed = ", ".join(sorted(dims)) or "no axis"
            advice = f"{what} varies over {listed}"
            if axis in gone:
                advice = f"{what} is one number for all points: its own `over: {axis}` reduced them"
            self.found.add(types.DoesNotVary(span=span, what=what, axis=axis, advice=advice))
            return False
        return True

    def select(
        self,
        entries: tuple[nodes.Entry, ...],
        dims: frozenset[str],
        what: str,
        gone: Sequence[str] = (),
    ) -> dict[str, str] | None:
        """The points that ``[axis: point]`` chooses; None after a message."""
        chosen: dict[str, str] = {}
        for entry in self.unique_entries(entries):
            if not self.varies(entry.name, entry.name_span, dims, what, gone):
                return None
            point = self.point(entry.name, entry.value)
            if point is None:
                return None
            chosen[entry.name] = point
        return chosen

    def point(self, axis: str, expr: nodes.Expr) -> str | None:
        """A point of an axis by its name, its value or its variant's name."""
        points = self.scope.axes[axis].points
        wanted = point_name(expr)
        text = expression_text(expr)
        for name, value in points.items():
            if text == expression_text(value) or (wanted == name and text in (name, f"{name}()")):
                return name
        if wanted in points and isinstance(expr, nodes.Name | nodes.Literal):
            return wanted
        if self.found.told_of(expr.span):
            return None  # a number that could not be read as one
        shown = ", ".join(list(points)[:12]) + (", …" if len(points) > 12 else "")
        self.found.add(
            names.UnknownPoint(
                span=expr.span,
                axis=axis,
                point=text,
                points=shown,
                near=nearest_names(wanted, points),
            )
        )
        return None

    def over(self, given: Any) -> tuple[str, ...] | None:
        """The axes named by ``over:``."""
        if given is None:
            return ()
        if not isinstance(given, nodes.Expr):
            return None  # a misspelled argument, which has its message
        items = given.items if isinstance(given, nodes.ListExpr) else (given,)
        axes: list[str] = []
        for item in items:
            if isinstance(item, nodes.Name) and item.name in self.scope.broken:
                return None
            if not isinstance(item, nodes.Name) or item.name not in self.scope.axes:
                near = nearest_names(expression_text(item), self.scope.axes)
                advice = f"axes of this spec: {', '.join(self.scope.axes) or 'none'}"
                text = expression_text(item)
                self.found.add(
                    names.UnknownAxis(span=item.span, name=text, near=near, advice=advice)
                )
                return None
            axes.append(item.name)
        return tuple(axes)


def root_of(expr: nodes.Expr) -> nodes.Expr:
    """What a chain of fields and selections begins with."""
    while isinstance(expr, nodes.Field | nodes.Select):
        expr = expr.base
    return expr


def _field_names(base: nodes.Expr, scope: Scope) -> list[str]:
    match base:
        case nodes.Record(entries):
            return [entry.name for entry in entries]
        case nodes.Name(name) if name in scope.axes and scope.axes[name].points:
            return _field_names(next(iter(scope.axes[name].points.values())), scope)
        case nodes.Name(name) if name in scope.bindings:
            return _field_names(scope.bindings[name].value, scope)
        case _:
            return []
