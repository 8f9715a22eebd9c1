"""Values in parameters by dotted path, such as ``debater.template.path``, through records and variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

V = TypeVar("V")


def value_at(params: Mapping[str, Any], path: str, absent: Any = None) -> Any:
    """The value at a path, ``absent`` where there is none; a number is a place in a list."""
    value: Any = params
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return absent
    return value


def with_value(params: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path."""
    head, _, rest = path.partition(".")
    inner = params.get(head)
    if rest and isinstance(inner, Mapping):
        return {**params, head: with_value(inner, rest, value)}
    return {**params, head: value}


def without_value(params: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy without what stands at a path, if anything does."""
    head, _, rest = path.partition(".")
    if not rest:
        return {name: value for name, value in params.items() if name != head}
    inner = params.get(head)
    if not isinstance(inner, Mapping):
        return dict(params)
    return {**params, head: without_value(inner, rest)}


def beside(path: str, sibling: str) -> str:
    """The path of another parameter of the same record or variant."""
    return ".".join([*path.split(".")[:-1], sibling])


def below(named: Mapping[str, V], path: str) -> dict[str, V]:
    """Of what has dotted names, that below one of them, by the rest of its name."""
    start = f"{path}."
    return {
        name.removeprefix(start): item for name, item in named.items() if name.startswith(start)
    }
