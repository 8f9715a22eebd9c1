"""Parameters that name files, folders or repositories: where they stand among others, by dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.graph import Node


def value_at(params: Mapping[str, Any], name: str) -> Any:
    """The value of a parameter, by dotted path through records, variants, lists; None if absent."""
    value: Any = params
    for part in name.split("."):
        if isinstance(value, list | tuple) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return None
    return value


def beside(name: str, sibling: str) -> str:
    """The dotted path of another parameter of the same record or variant."""
    return ".".join([*name.split(".")[:-1], sibling])


def leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The strings in a source parameter, which may be a list or a record of names."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(f"{name}.{key}", item)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from leaves(f"{name}.{position}", item)


def without_sources(node: Node) -> dict[str, Any]:
    """Key parameters of a node without those whose content its sources stand for."""
    params = dict(node.key_params)
    for name in node.sources:
        params = _dropped(params, name.split("."))
        revision = beside(name, "revision")
        if node.sources[name] in ("model", "dataset"):
            params = _dropped(params, revision.split("."))
    return params


def _dropped(params: Mapping[str, Any], path: list[str]) -> dict[str, Any]:
    head, *rest = path
    if not rest:
        return {name: value for name, value in params.items() if name != head}
    inner = params.get(head)
    if not isinstance(inner, Mapping):
        return dict(params)
    return {**params, head: _dropped(inner, rest)}


def with_revisions(node: Node, sources: Mapping[str, Any]) -> dict[str, Any]:
    """Complete parameters of a node, with ``revision`` set to the commits that its key stands for.

    The operation then reads exactly what the key says, even when the hub moves on meanwhile.
    """
    params = dict(node.params)
    for name in node.sources:
        commit = sources.get(name, {}).get("revision")
        revision = beside(name, "revision").split(".")
        if commit is not None:
            params = _with(params, revision, commit)
    return params


def _with(params: Mapping[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    head, *rest = path
    if head not in params:
        return dict(params)  # the operation takes no revision
    return {**params, head: _with(params[head], rest, value) if rest else value}
