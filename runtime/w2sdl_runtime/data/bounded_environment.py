"""The environment of `sandbox`. It loads Jinja, which commands that render nothing need not wait for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from w2sdl_runtime.data.bounding import (
    bounded,
    count_round,
    counted,
    guarded,
    one_rendering,
    refuse_large,
    refuse_numbers,
    refuse_wide_fields,
    size,
)
from w2sdl_runtime.data.sandbox import Bounds

_METHODS = frozenset(
    [
        "capitalize", "casefold", "count", "endswith", "find", "get", "isalpha", "isdigit",
        "islower", "isspace", "isupper", "items", "keys", "lower", "lstrip", "partition",
        "removeprefix", "removesuffix", "rpartition", "rstrip", "split", "splitlines",
        "startswith", "strip", "swapcase", "title", "upper", "values",
    ]
)  # fmt: skip
_FILTERS = [
    "abs", "batch", "capitalize", "d", "default", "dictsort", "e", "escape", "first", "float",
    "format", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower",
    "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "select",
    "selectattr", "slice", "sort", "string", "striptags", "sum", "title", "tojson", "trim",
    "truncate", "unique", "upper", "wordcount", "wordwrap",
]  # fmt: skip
_FORBIDDEN = (
    nodes.Macro, nodes.CallBlock, nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.Block,
)  # fmt: skip


class _BoundedTemplate(Template):
    def render(self, *args: Any, **values: Any) -> str:
        assert isinstance(self.environment, BoundedEnvironment)  # noqa: S101 (it makes these)
        with one_rendering(self.environment.bounds):
            return str(bounded(super().render(*args, **values)))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """See `sandbox`."""

    template_class = _BoundedTemplate
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, bounds: Bounds, loader: BaseLoader | None, methods: Iterable[str]) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, loader=loader)
        self.bounds = bounds
        self._methods = _METHODS | {*methods}
        self.globals = {"range": self.globals["range"]}
        self.filters = {name: guarded(name, self.filters[name]) for name in _FILTERS}
        self.filters["counted"] = counted

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        refuse_large(size(operator, left, right), f"`{operator}`")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # What data hold is reached as items; of Python's own only methods that make nothing large.
        known = attr in self._methods if callable(value) else True
        return known and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Any:
        # Jinja hands ``"...".format`` on without asking whether it is safe, and bounds no width.
        wrapped = super().wrap_str_format(value)
        if wrapped is not None:
            refuse_wide_fields(value.__self__)
        return wrapped

    def call(self, context: Any, function: Any, *args: Any, **values: Any) -> Any:
        if isinstance(function, Macro):
            count_round()
        else:
            refuse_numbers((*args, *values.values()))
        return super().call(context, function, *args, **values)

    def get_template(self, *args: Any, **values: Any) -> Template:
        count_round()
        return super().get_template(*args, **values)

    def select_template(self, *args: Any, **values: Any) -> Template:
        count_round()
        return super().select_template(*args, **values)

    def _parse(self, source: str, name: str | None, filename: str | None) -> Any:
        tree = super()._parse(source, name, filename)
        for kind in _FORBIDDEN if self.loader is None else ():
            if tree.find(kind) is not None:
                raise SecurityError(f"a template can't use {kind.__name__.lower()}")
        return _Rewrite().visit(tree)


class _Rewrite(NodeTransformer):
    """A template whose loops count their rounds and whose ``~`` is a `+` of texts.

    Raises:
        SecurityError: when it recurs.
    """

    def visit_For(self, node: nodes.For) -> nodes.Node:
        if node.recursive:
            raise SecurityError("a template can't loop recursively")
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "counted", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        texts = [_text(one) for one in node.nodes]
        whole = texts[0]
        for text in texts[1:]:
            whole = nodes.Add(whole, text, lineno=node.lineno)
        return whole


def _text(node: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(node, "string", [], [], None, None, lineno=node.lineno)
