"""What the code of an operation without a version is known by."""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType
from typing import Any, cast

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def body_fingerprint(function: FunctionType) -> str:
    """Hash of a function and of all that it names in its own module, and they in turn.

    It is taken of syntax trees, so comments, formatting and docstrings don't count; nor does what
    other modules hold.
    """
    module = inspect.getmodule(function)
    known = _definitions(inspect.getsource(module)) if module is not None else {}
    known |= _definitions(textwrap.dedent(inspect.getsource(function)))  # it may be a nested one
    found: dict[str, str] = {}
    waiting = [function.__name__]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = stable_dump(known[name])
            waiting += _names(known[name])
    dumped = "\n".join(f"{name}: {found[name]}" for name in sorted(found))
    return hashlib.sha256(dumped.encode()).hexdigest()[:16]


@cache
def recorded_fingerprint(function: Callable[..., Any]) -> str:
    """The same for a manifest, where it only tells readers: "" for code without a source."""
    try:
        return body_fingerprint(cast("FunctionType", function))
    except (OSError, TypeError, SyntaxError):
        return ""


def stable_dump(node: object) -> str:
    """A syntax tree as text, the same under every Python: `ast.dump` prints more fields in some."""
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={stable_dump(value)}"
            for name, value in ast.iter_fields(node)
            if value is not None and value != []
        ]
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(stable_dump, node))}]"
    return repr(node)


def _definitions(source: str) -> dict[str, ast.stmt]:
    """Top-level functions, classes and assignments by name, without docstrings and decorators."""
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(source).body:
        for name in _defined(statement):
            found[name] = statement
        for inner in ast.walk(statement):
            if isinstance(inner, _Definition):
                _strip(inner)
    return found


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _Definition):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _strip(definition: _Definition) -> None:
    """Decorators say how it is registered (and would name every operation's decorator)."""
    definition.decorator_list = []
    if ast.get_docstring(definition) is not None:
        definition.body = definition.body[1:]


def _names(statement: ast.stmt) -> list[str]:
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
