"""Parameters that name files, folders or repositories, and the parameters of a node without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.dotted import beside, value_at, with_value, without_value
from w2sdl.graph import Node

_ABSENT = object()


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
        params = without_value(params, name)
        revision = beside(name, "revision")
        if node.sources[name] in ("model", "dataset"):
            params = without_value(params, revision)
    return params


def with_revisions(node: Node, sources: Mapping[str, Any]) -> dict[str, Any]:
    """Complete parameters of a node, with ``revision`` set to the commits that its key stands for.

    The operation then reads exactly what the key says, even when the hub moves on meanwhile.
    """
    params = dict(node.params)
    for name in node.sources:
        commit = sources.get(name, {}).get("revision")
        revision = beside(name, "revision")
        takes_one = value_at(params, revision, _ABSENT) is not _ABSENT
        if commit is not None and takes_one:
            params = with_value(params, revision, commit)
    return params
