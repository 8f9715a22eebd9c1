"""When each expectation was first seen by a run of a store, and which of its results were there then.

claims/<identity>.json, written before the run that first sees it computes anything; whoever comes
second finds it, and only what another store saw earlier takes its place. An identity is what is claimed
of which numbers: the tree of the claim with nodes in the place of names, so that a renamed or
reformatted expectation is the same, and a changed one is new. Nodes go by their structural identity,
since the keys of results are known only when these are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from w2sdl.claims import canonical, tables_in
from w2sdl.graph import Cell, Expectation, Graph
from w2sdl.keys import canonical_json, tagged_hash
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import save_json, temporary_name, writing_to
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.keying import close_key
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store

FOLDER = "claims"
#: Gets the first sights of expectations that come after results, by name.
Tell = Callable[[Mapping[str, "Registered"]], None]


@dataclass(frozen=True, slots=True)
class Registered:
    """The first sight of an expectation.

    Attributes:
        first: when, in ISO 8601.
        run: by which run.
        numbers: how many results the claim is about.
        known: how many of these this store had then, computed by its own runs.
        brought: how many it had then that other stores computed.
    """

    first: str
    run: str
    numbers: int
    known: int
    brought: int = 0

    @property
    def at(self) -> datetime:
        """When.

        Raises:
            ValueError: when ``first`` is no time.
        """
        return datetime.fromisoformat(self.first).astimezone(UTC)

    @property
    def state(self) -> str:
        """Whether it came "before" its results, "after" some of them, or that is "unknown"."""
        if self.known:
            return "after"
        return "unknown" if self.brought else "before"

    @property
    def words(self) -> str:
        """The same in words, with the time."""
        when = f"{self.at:%Y-%m-%d %H:%M} UTC"
        if self.state == "before":
            return f"written before its results ({when})"
        if self.state == "unknown":
            return (
                f"unknown whether before its results: {self.brought} of {self.numbers} came from "
                f"another store (first seen here {when})"
            )
        if self.known + self.brought >= self.numbers:
            return f"written after its results were known ({when})"
        return f"written after {self.known} of its {self.numbers} results were known ({when})"


def register(
    graph: Graph, store: Store, sources: Sources, run: str, tell: Tell = lambda late: None
) -> dict[str, Registered]:
    """Keep the first sight of each expectation that this store has not seen; all of them by name.

    Call it before anything is computed. ``tell`` gets those of which results are there already.

    Raises:
        PrerequisiteError: when the store can't be written.
    """
    found = {one.name: _known(graph, store, one) for one in graph.expectations}
    new = unseen(graph, store, sources, run)
    late = {name: one for name, one in new.items() if one.state != "before"}
    if late:
        tell(late)
    kept = {
        one.name: _keep(store, identity(graph, one), new[one.name])
        for one in graph.expectations
        if one.name in new
    }
    return {name: seen for name, seen in (found | kept).items() if seen is not None}


def unseen(graph: Graph, store: Store, sources: Sources, run: str = "") -> dict[str, Registered]:
    """What a run would keep of each expectation that this store has not seen; nothing is written."""
    new = [one for one in graph.expectations if _known(graph, store, one) is None]
    nodes = {one.name: _nodes_read(graph, one) for one in new}
    stored = _stored(graph, store, sources, {id_ for ids in nodes.values() for id_ in ids})
    first = datetime.now(UTC).isoformat(timespec="seconds")
    found = {}
    for name, ids in nodes.items():
        there = [stored[id_] for id_ in ids if id_ in stored]
        own = sum((store.root / "runs" / manifest.run).is_dir() for manifest in there)
        found[name] = Registered(first, run, len(ids), own, len(there) - own)
    return found


def late_text(late: Mapping[str, Registered]) -> str:
    """New expectations of which results are there already, in one line; "" where there are none."""
    told = [
        f"`{name}` ({seen.known + seen.brought} of {seen.numbers})" for name, seen in late.items()
    ]
    if not told:
        return ""
    which = "a new expectation" if len(told) == 1 else "new expectations"
    return f"{which} about results that are there already: {', '.join(told)}; reports say so"


def _known(graph: Graph, store: Store, expectation: Expectation) -> Registered | None:
    return _read(store.root / FOLDER / f"{identity(graph, expectation)}.json")


def identity(graph: Graph, expectation: Expectation) -> str:
    """What is claimed of which numbers, as a hash."""
    cells = [cell for table in tables_in(expectation.tree) for cell in _cells(graph, table)]
    used = {axis for cell in cells for axis in cell.point}
    order = [axis.name for axis in graph.axes if axis.name in used]
    return tagged_hash("claim.1", _nameless(graph, canonical(expectation.tree), order))


def _nameless(graph: Graph, tree: Any, axes: list[str]) -> Any:
    """A tree without names: nodes for measures, and numbers for axes."""
    if isinstance(tree, list | tuple):
        return [_nameless(graph, item, axes) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    if "table" in tree:
        held = sorted(axes.index(axis) for axis in tree["select"] if axis in axes)
        cells = [
            [cell.node, sorted(axes.index(axis) for axis in cell.point)]
            for cell in _cells(graph, tree)
        ]
        return {"cells": cells, "held": held, "facet": tree.get("facet", "")}
    said = {name: _nameless(graph, item, axes) for name, item in tree.items()}
    if "ordering" in tree:
        said["ordering"] = sorted(said["ordering"], key=canonical_json)
    if "over" in tree:
        said["over"] = sorted(axes.index(axis) for axis in tree["over"])
    if "along" in tree:
        said["along"] = axes.index(tree["along"])
    return said


def _cells(graph: Graph, table: Mapping[str, Any]) -> Iterator[Cell]:
    """The numbers that a table of a claim reads."""
    measure = next(m for m in graph.measures if m.name == table["table"])
    for cell in measure.cells:
        place = {"of": cell.of, **cell.point}
        if all(place.get(dim) == name for dim, name in table["select"].items()):
            yield cell


def _nodes_read(graph: Graph, expectation: Expectation) -> set[str]:
    return {cell.node for table in tables_in(expectation.tree) for cell in _cells(graph, table)}


def _stored(graph: Graph, store: Store, sources: Sources, wanted: set[str]) -> dict[str, Manifest]:
    """Which of these nodes have a result in the store; what a missing one feeds has none that is known."""
    needed, waiting = set(wanted), list(wanted)
    while waiting:
        parents = set(graph.nodes[waiting.pop()].parents()) - needed
        needed |= parents
        waiting += parents
    found: dict[str, Manifest] = {}
    digests: dict[str, str] = {}
    for node in graph.order():
        if node.id not in needed or not all(parent in digests for parent in node.parents()):
            continue
        try:
            manifest = store.lookup(close_key(node, digests, sources).key)
        except PrerequisiteError:  # a file that is missing: the run itself says so
            continue
        if manifest is not None:
            digests[node.id] = manifest.digest
            if node.id in wanted:
                found[node.id] = manifest
    return found


def registered_in(run: Mapping[str, Any]) -> dict[str, Registered]:
    """The first sights of its expectations that a ``run.json`` tells, by name; older ones tell none."""
    return {name: Registered(**seen) for name, seen in (run.get("claims") or {}).items()}


def read_record(content: bytes) -> Registered | None:
    """The first sight that a file holds; None where it holds none."""
    try:
        found = TypeAdapter(Registered).validate_json(content, strict=True)
        return found if found.at else None
    except ValueError:  # no JSON, other fields, or a time that is none
        return None


def _read(path: Path) -> Registered | None:
    """A record; None where there is none, or none that can be read."""
    try:
        return read_record(path.read_bytes())
    except FileNotFoundError:
        return None


def keep_earlier(store: Store, name: str, seen: Registered) -> bool:
    """Write a first sight that another store kept, unless the one here is as early; whether it was written.

    Raises:
        PrerequisiteError: when the store can't be written.
    """
    known = _read(store.root / FOLDER / f"{name}.json")
    if known is not None and known.at <= seen.at:
        return False
    return _keep(store, name, seen, earlier=known is not None) == seen


def _keep(store: Store, name: str, seen: Registered, *, earlier: bool = False) -> Registered:
    """Write a first sight, unless another run was quicker: then that one's stands.

    ``earlier`` says that this one was seen before the one that is there.
    """
    target = store.root / FOLDER / f"{name}.json"
    with writing_to(store.root):
        for folder in (target.parent, store.tmp):
            folder.mkdir(exist_ok=True)
        scratch = store.tmp / temporary_name()
        try:
            save_json(scratch, asdict(seen))
            try:
                os.link(scratch, target)
            except FileExistsError:
                if earlier or _read(target) is None:  # damaged
                    scratch.replace(target)
            except OSError:  # a file system without links: two at one moment may both be first
                scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
    return _read(target) or seen
