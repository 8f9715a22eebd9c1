"""The nodes that a number rests on: where their results lie, and what these were made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from w2sdl_runtime.files import files_below
from w2sdl_runtime.runs.results import Run


@dataclass(frozen=True, slots=True)
class Artifact:
    """A node that a number rests on, and where its result lies."""

    address: str
    op: str
    kind: str
    action: str  #: what the run did: "executed", "reused", "failed", "skipped", "" for nothing
    key: str
    digest: str
    folder: str  #: "" where it has no result in this folder of the store
    files: tuple[tuple[str, int], ...]  #: name and bytes
    value: float | None = None  #: of a metric, or of the part of it that is followed
    unit: str = ""
    sources: dict[str, Any] = field(
        default_factory=dict
    )  #: digests of files, commits of repositories
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: addresses by port


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A name of the spec that a number was made from; its nodes as one."""

    name: str
    kind: str
    op: str
    nodes: tuple[str, ...]  #: addresses
    sources: dict[str, Any]
    made_from: tuple[Ancestor, ...]
    again: bool = False  #: told above: what it was made from is not repeated


def artifact_of(run: Run, id_: str, value: float | None = None, unit: str = "") -> Artifact:
    """A node by its id, with the number of it that is followed."""
    node = run.graph.nodes[id_]
    entry = run.nodes.get(id_)
    digest = entry.digest if entry else ""
    folder = run.store.path(digest) if digest else None
    here = folder is not None and folder.is_dir()
    manifest = run.store.lookup(entry.key) if entry and entry.key else None
    return Artifact(
        node.address,
        node.op,
        str(node.kind),
        entry.action if entry else "",
        entry.key if entry else "",
        digest,
        str(folder) if here else "",
        tuple(_files(folder)) if folder is not None and here else (),
        value,
        unit,
        manifest.sources if manifest else {},
        {
            port: tuple(run.graph.nodes[parent].address for parent in parents)
            for port, parents in node.inputs.items()
        },
    )


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    for path in files_below(folder):
        yield path.relative_to(folder).as_posix(), path.stat().st_size


def ancestors(run: Run, ids: Sequence[str], met: set[str] | None = None) -> tuple[Ancestor, ...]:
    """What nodes were made from, by the names of the spec, each followed once, where it is first met."""
    met = set() if met is None else met
    graph = run.graph
    groups: dict[str, list[str]] = {}
    for id_ in ids:
        for parent in graph.nodes[id_].parents():
            group = groups.setdefault(graph.nodes[parent].name, [])
            if parent not in group:
                group.append(parent)
    return tuple(_ancestor(run, name, group, met) for name, group in groups.items())


def _ancestor(run: Run, name: str, group: list[str], met: set[str]) -> Ancestor:
    node = run.graph.nodes[group[0]]
    again = name in met
    met.add(name)
    return Ancestor(
        name,
        str(node.kind),
        node.op,
        tuple(run.graph.nodes[id_].address for id_ in group),
        {} if again else _sources(run, group),
        () if again else ancestors(run, group, met),
        again and bool(node.inputs),
    )


def _sources(run: Run, group: Sequence[str]) -> dict[str, Any]:
    """What files and repositories the nodes read, each with its digest or commit."""
    found: dict[str, Any] = {}
    for id_ in group:
        entry = run.nodes.get(id_)
        manifest = run.store.lookup(entry.key) if entry and entry.key else None
        found |= manifest.sources if manifest else {}
    return found
