"""Check edges: an expression where a node is expected gives an edge term of a known kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from w2sdl import signature as sig
from w2sdl.checking.advice import instead_of_value, variant_belongs
from w2sdl.checking.chains import steps_of
from w2sdl.checking.check_calls import Calls
from w2sdl.checking.check_names import root_of
from w2sdl.checking.scope import field_value
from w2sdl.errors import names, types
from w2sdl.kinds import Kind
from w2sdl.messages.diagnostics import Label
from w2sdl.messages.suggest import nearest_names
from w2sdl.program import Apply, BindingDecl, Const, Fix, RecordTerm, Ref, Switch, Term, term_dims
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text


class Checker(Calls):
    """Checks the terms of one spec. Bindings are checked on demand, each once."""

    def binding(self, name: str) -> BindingDecl | None:
        """The checked binding of a node, or None after a message."""
        if name in self.bindings or name in self._failed:
            return self.bindings.get(name)
        declaration = self.scope.bindings[name]
        result: list[Kind] = []

        def check() -> Term | None:
            checked = self.edge(declaration.value)
            if checked is None:
                return None
            result.append(checked[1])
            return checked[0]

        with self.found.inside(declaration.called, "called here"):
            term = self.inside(name, check)
        if term is None or not self._has_role(declaration, result[0]):
            self._failed.add(name)
            return None
        order = list(self.scope.axes)
        dims = sorted(term_dims(term, self.bindings), key=order.index)
        decl = BindingDecl(
            name,
            declaration.role,
            result[0],
            term,
            tuple(dims),
            declaration.span,
            declaration.waivers,
        )
        self.bindings[name] = decl
        return decl

    def _has_role(self, binding: nodes.Binding, kind: Kind) -> bool:
        """`data` is data; `weak` and `strong` are models, as they are before the experiment."""
        role = binding.role
        if not role or kind is (Kind.DATA if role == "data" else Kind.MODEL):
            return True
        advice = f"leave out `{role}`"
        if kind is Kind.PREDICTOR and role != "data":
            advice = f"`{role}` declares the model that trainings start from, not what comes out"
        span = binding.value.span
        self.found.add(
            types.RoleMismatch(span=span, name=binding.name, role=role, kind=kind, advice=advice)
        )
        return False

    def report_value_with_role(self, binding: nodes.Binding) -> None:
        """A plain value is no model and no data; nothing more is said of it where it is used."""
        wanted = Kind.DATA if binding.role == "data" else Kind.MODEL
        advice = instead_of_value(binding.value, wanted, self.signatures)
        self.refuse_binding(binding.name)
        self.found.add(
            types.RoleMismatch(
                span=binding.value.span,
                name=binding.name,
                role=binding.role,
                kind="a plain value",
                advice=advice or f"leave out `{binding.role}`",
            )
        )

    def known_kind(self, expr: nodes.Expr) -> Kind | None:
        """The kind of an expression where that is known without checking it."""
        match expr:
            case nodes.Name(name) if name in self.scope.bindings and self.is_node(expr):
                binding = self.binding(name)
                return binding.kind if binding else None
            case nodes.Call(nodes.Name(name)):
                op = self.signatures.op(name)
                return op.result if op else None
            case nodes.Select(base):
                return self.known_kind(base)
            case nodes.Field(base, name) if not self.field_values(base, name):
                return Kind.DATA if self.known_kind(base) is Kind.DATA else None
            case _:
                return None

    def edge(self, expr: nodes.Expr) -> tuple[Term, Kind] | None:
        """An expression as an edge, with its kind; None after a message."""
        match expr:
            case nodes.Call():
                return self._call(expr)
            case nodes.Name():
                return self._named_edge(expr)
            case nodes.Field():
                return self._field_edge(expr)
            case nodes.Select():
                return self._select_edge(expr)
            case _:
                return None

    def _named_edge(self, expr: nodes.Name) -> tuple[Term, Kind] | None:
        if expr.name in self.scope.axes:
            return self._switch_edge(expr, expr.name)
        if expr.name in self.scope.measures:
            self.found.add(names.MeasureAsValue(span=expr.span, name=expr.name))
            return None
        if expr.name not in self.scope.bindings:
            self.report_unknown(expr)
            return None
        if not self.is_node(expr):
            return None
        binding = self.binding(expr.name)
        return (Ref(expr.name), binding.kind) if binding else None

    def _switch_edge(self, expr: nodes.Name | nodes.Field, axis: str) -> tuple[Term, Kind] | None:
        points: list[tuple[nodes.Expr, Kind]] = []

        def check(point: nodes.Expr) -> Term | None:
            before = self.found.told
            checked = self.edge(point)
            if checked is None:
                if points and not self.is_node(point) and self.found.told == before:
                    self._mixed(axis, points[0], point, "a plain value")
                return None
            points.append((point, checked[1]))
            return checked[0]

        if not self.is_node(expr):
            self._report_unknown_points(expr, axis)
            return None
        term = self.switch(expr, axis, check)
        if term is None or not points:
            return None
        kinds = dict.fromkeys(kind for _, kind in points)
        if len(kinds) == 1:
            return term, points[0][1]
        if kinds.keys() == {Kind.MODEL, Kind.PREDICTOR}:
            return term, Kind.MODEL  # a Predictor among Models is used as a Model
        other = next((point, kind) for point, kind in points if kind is not points[0][1])
        self._mixed(axis, points[0], other[0], other[1])
        return None

    def _report_unknown_points(self, expr: nodes.Name | nodes.Field, axis: str) -> None:
        """Where no point is a node, a name that is not defined is why."""
        points: list[nodes.Expr] = list(self.scope.axes[axis].points.values())
        if isinstance(expr, nodes.Field):
            points = self.field_values(expr.base, expr.name)
        for point in points:
            root = root_of(point)
            if isinstance(root, nodes.Name) and root.name not in self.scope.names:
                self.report_unknown(root)

    def _mixed(
        self, axis: str, first: tuple[nodes.Expr, Kind], second: nodes.Expr, found: str
    ) -> None:
        related = (Label(first[0].span, f"this is {first[1]}"),)
        self.found.add(
            types.MixedPoints(
                span=second.span, axis=axis, first=first[1], second=found, related=related
            )
        )

    def _field_edge(self, expr: nodes.Field) -> tuple[Term, Kind] | None:
        axis = self.axis_of(expr)
        if axis is not None and field_value(expr.base, expr.name, self.scope) is not None:
            return self._switch_edge(expr, axis)
        value = field_value(expr.base, expr.name, self.scope)
        if value is not None:
            return self.edge(value)
        checked = self.edge(expr.base)
        if checked is None:
            told = self._already_failed(expr.base)
            if not self.is_node(expr.base) and self.is_known(expr.base) and not told:
                self.report_unknown_field(expr)
            return None
        term, kind = checked
        if kind is not Kind.DATA:
            return self._step_edge(term, expr)
        if not self._is_part(term, expr):
            return None
        params: dict[str, Term] = {"name": Const(expr.name)}
        return self.apply("part", {"data": (term,)}, params, expr), Kind.DATA

    def _step_edge(self, term: Term, expr: nodes.Field) -> tuple[Term, Kind] | None:
        """``S'.step1``: a step of what is a chain of calls."""
        steps = steps_of(term, self.bindings)
        step = steps.get(expr.name)
        if step is None:
            self.report_unknown_field(expr, list(steps))
            return None
        return step

    def _is_part(self, term: Term, expr: nodes.Field) -> bool:
        for where, known in self._parts(term):
            if expr.name not in known:
                self.found.add(
                    types.UnknownPart(
                        span=expr.name_span,
                        data=expression_text(expr.base),
                        where=where,
                        name=expr.name,
                        known=", ".join(known),
                        near=nearest_names(expr.name, known),
                    )
                )
                return False
        return True

    def _parts(self, term: Term) -> Iterator[tuple[str, list[str]]]:
        """The parts of a data set, where the spec names them; of several, with where each stands."""
        match term:
            case Ref(name):
                yield from self._parts(self.bindings[name].term)
            case Fix(Switch(axis, branches), chosen) if axis in chosen:
                yield from self._parts(branches[chosen[axis]])
            case Fix(Ref(name), chosen):
                yield from self._parts(Fix(self.bindings[name].term, chosen))
            case Fix(base):
                yield from self._parts(base)
            case Switch(axis, branches):
                for point, branch in branches.items():
                    for _, known in self._parts(branch):
                        yield f" at point `{point}` of `{axis}`", known
            case Apply(params=params) if isinstance(parts := params.get("parts"), RecordTerm):
                yield "", list(parts.fields)

    def _select_edge(self, expr: nodes.Select) -> tuple[Term, Kind] | None:
        checked = self.edge(expr.base)
        if checked is None:
            return None
        term, kind = checked
        dims = term_dims(term, self.bindings)
        chosen = self.select(expr.entries, dims, f"`{expression_text(expr.base)}`")
        return (Fix(term, chosen), kind) if chosen is not None else None

    def _call(self, expr: nodes.Call) -> tuple[Term, Kind] | None:
        op = self.operation(expr)
        if op is None:
            return None
        if op.result is Kind.METRIC:
            self.found.add(types.NeedsMeasure(span=expr.span, op=op.name))
            return None
        term = self.call(expr, op)
        return (term, op.result) if term else None

    def operation(self, expr: nodes.Call) -> sig.OpSignature | None:
        """The operation that a call names; None after a message."""
        if not isinstance(expr.callee, nodes.Name):
            if self.is_known(expr.callee):
                found = describe(expr.callee)
                self.found.add(names.NotCallable(span=expr.callee.span, found=found))
            elif isinstance(root := root_of(expr.callee), nodes.Name):
                self.report_unknown(root)
            return None
        if expr.callee.name in self.scope.broken:
            return None
        name = expr.callee.name
        op = self.signatures.op(name)
        if op is None:
            known = [*self.signatures.ops, *self.signatures.aliases]
            near = nearest_names(name, known)
            hint = variant_belongs(name, self.signatures)
            about = {"advice": hint} if hint else {"near": near}
            self.found.add(names.UnknownOperation(span=expr.callee.span, name=name, **about))
        return op

    def switch(
        self,
        expr: nodes.Name | nodes.Field,
        axis: str,
        check: Callable[[nodes.Expr], Term | None],
    ) -> Term | None:
        """One term for each point of an axis (or for a field of its points)."""
        branches: dict[str, Term] = {}
        complete = True
        for name, point in self.scope.axes[axis].points.items():
            if isinstance(expr, nodes.Field):
                inner = field_value(point, expr.name, self.scope)
                if inner is None:
                    self._report_point_without(expr, axis, name)
                    return None
                point = inner
            term = self.inside(axis, partial(check, point))
            complete = complete and term is not None
            if term is not None:
                branches[name] = term
        return Switch(axis, branches, expression_text(expr)) if complete and branches else None

    def _report_point_without(self, expr: nodes.Field, axis: str, point: str) -> None:
        """A field that no point has is misspelled; one that others have is missing at this one."""
        if not self.field_values(expr.base, expr.name):
            self.report_unknown_field(expr)
            return
        value = self.scope.axes[axis].points[point]
        fields = [entry.name for entry in value.entries] if isinstance(value, nodes.Record) else []
        self.found.add(
            types.UnknownField(
                span=value.span,
                what=f"point `{point}` of axis `{axis}`",
                name=expr.name,
                known=", ".join(fields) or "none: it is no record",
                short=f"no `{expr.name}` here",
                near=nearest_names(expr.name, fields),
                related=(Label(expr.span, "used here"),),
            )
        )
