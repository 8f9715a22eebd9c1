"""The one sandbox that templates of users are rendered in: nothing reaches out, nothing runs for ever.

A template shows what it is given. It may branch, loop over what it is given, and put texts together; it
gets no attributes of Python's, and what it makes and how often it loops is bounded. One of a spec defines
no macros and is alone; one of a report may, and may include what its loader finds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sized
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

#: Characters, elements or digits that any value in a template of a spec may have.
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one rendering may take."""

    largest: int = LARGEST  #: characters, elements or digits of any value
    rounds: int = 100_000  #: of all loops together, with calls of macros and what is included
    seconds: float = float("inf")


#: A number that a template may hand to a filter, a method or ``range``.
_NUMBER = 10_000
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
_FORBIDDEN = ("Macro", "CallBlock", "Import", "FromImport", "Include", "Extends", "Block")
_bounds: ContextVar[Bounds] = ContextVar("bounds", default=Bounds())  # noqa: B039 - frozen
_rounds: ContextVar[int] = ContextVar("rounds", default=0)
_until: ContextVar[float] = ContextVar("until", default=float("inf"))


def sandbox(
    bounds: Bounds = Bounds(),
    loader: BaseLoader | None = None,
    methods: Iterable[str] = (),
) -> Environment:
    """An environment where a name that is not given is an error, and everything stays small.

    Args:
        bounds: of one rendering.
        loader: what templates may include; without one they define no macros either.
        methods: names of methods that they may call beside those of texts and dicts.
    """
    from jinja2 import StrictUndefined
    from jinja2.environment import Template
    from jinja2.runtime import Macro
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    callable_methods = _METHODS | {*methods}

    class Bounded(Template):
        def render(self, *args: Any, **values: Any) -> str:
            _bounds.set(bounds)
            _rounds.set(0)
            _until.set(time.monotonic() + bounds.seconds)
            try:
                return str(_bounded(super().render(*args, **values)))
            finally:
                _rounds.set(0)
                _until.set(float("inf"))

    class Sandbox(ImmutableSandboxedEnvironment):
        template_class = Bounded
        intercepted_binops = frozenset({"+", "*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            _refuse_large(_size(operator, left, right), f"`{operator}`")
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            # What data hold is reached as items; of Python's own only methods that make nothing large.
            known = attr in callable_methods if callable(value) else True
            return known and super().is_safe_attribute(obj, attr, value)

        def call(self, context: Any, function: Any, *args: Any, **values: Any) -> Any:
            if isinstance(function, Macro):
                _count_round()
            else:
                _refuse_numbers((*args, *values.values()))
            return super().call(context, function, *args, **values)

        def get_template(self, *args: Any, **values: Any) -> Template:
            _count_round()
            return super().get_template(*args, **values)

        def select_template(self, *args: Any, **values: Any) -> Template:
            _count_round()
            return super().select_template(*args, **values)

        def _parse(self, source: str, name: str | None, filename: str | None) -> Any:
            return _rewritten(super()._parse(source, name, filename), alone=loader is None)

    environment = Sandbox(undefined=StrictUndefined, autoescape=False, loader=loader)
    environment.globals = {"range": environment.globals["range"]}
    known = environment.filters
    environment.filters = {name: guarded(name, known[name]) for name in _FILTERS}
    environment.filters["counted"] = _counted
    return environment


def _rewritten(tree: Any, alone: bool) -> Any:
    """A template whose loops count their rounds and whose ``~`` is a `+` of texts.

    Raises:
        SecurityError: when it recurs, or is to be ``alone`` and defines or loads others.
    """
    from jinja2 import nodes
    from jinja2.exceptions import SecurityError
    from jinja2.visitor import NodeTransformer

    class Rewrite(NodeTransformer):
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

    for kind in _FORBIDDEN if alone else ():
        if tree.find(getattr(nodes, kind)) is not None:
            raise SecurityError(f"a template can't use {kind.lower()}")
    return Rewrite().visit(tree)


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    """What a loop goes through, until a template has had its rounds."""
    for value in values:
        _count_round()
        yield value


def _count_round() -> None:
    from jinja2.exceptions import SecurityError

    most = _bounds.get()
    _rounds.set(_rounds.get() + 1)
    if _rounds.get() > most.rounds:
        raise SecurityError(f"its loops go on for more than {most.rounds:,} rounds")
    if time.monotonic() > _until.get():
        raise SecurityError(f"it takes more than {most.seconds:.0f} s")


def guarded(name: str, function: Any) -> Any:
    """A filter that refuses what would make something large, before it does."""
    from functools import wraps

    @wraps(function)
    def guarded(*args: Any, **values: Any) -> Any:
        given = [*args, *values.values()]
        _refuse_numbers(given[1:])  # the first is what the filter shows
        if name in ("replace", "join", "indent", "wordwrap"):
            sizes = [len(str(one)) for one in given if isinstance(one, str | int)]
            parts = max((len(one) for one in given if isinstance(one, Sized)), default=0)
            _refuse_large((parts + 1) * max(sizes, default=0) if len(given) > 1 else 0, f"`{name}`")
        if name == "format":
            _refuse_widths(given)
        return _bounded(function(*args, **values))

    return guarded


def _bounded(value: Any) -> Any:
    _refuse_large(len(value) if isinstance(value, str | list | tuple | dict) else 0, "it")
    return value


def _refuse_large(size: int, what: str) -> None:
    from jinja2.exceptions import SecurityError

    if size > _bounds.get().largest:
        raise SecurityError(f"{what} would make something too large")


def _refuse_numbers(given: Iterable[Any]) -> None:
    from jinja2.exceptions import SecurityError

    for value in given:
        if isinstance(value, int) and abs(value) > _NUMBER:
            raise SecurityError(f"{value} is too large a number here")


def _refuse_widths(given: Iterable[Any]) -> None:
    from jinja2.exceptions import SecurityError

    if any(isinstance(text, str) and re.search(r"%[^a-zA-Z%]*(\d{4,}|\*)", text) for text in given):
        raise SecurityError("a format may not ask for thousands of characters")


def _size(operator: str, left: Any, right: Any) -> int:
    """Characters, elements or digits of a result, roughly."""
    if operator == "**":
        both = isinstance(left, int) and isinstance(right, int)
        return left.bit_length() * right if both and right > 0 else 0
    if operator == "+":
        return sum(len(thing) for thing in (left, right) if isinstance(thing, Sized))
    if operator == "%":
        if isinstance(left, str):
            _refuse_widths([left])
        return 0
    for thing, times in ((left, right), (right, left)):
        if isinstance(thing, Sized) and isinstance(times, int):
            return len(thing) * times
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length()
    return 0
