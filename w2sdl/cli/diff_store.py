"""What a store and the disk say of a design: which results are there, and what its files hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl.cli.diff_inputs import Side
from w2sdl.diff.changes import Reuse
from w2sdl.diff.contents import Contents
from w2sdl.graph import Node
from w2sdl.location import Location, is_url, shown_location

if TYPE_CHECKING:
    from w2sdl_runtime.runs.loaded_run import LoadedRun
    from w2sdl_runtime.runs.timings import Timings
    from w2sdl_runtime.sources import Sources
    from w2sdl_runtime.storage.store import Store


def contents_of(sides: tuple[Side, Side], store_path: Location) -> tuple[Contents, Contents]:
    """How each side's files and repositories are read. Sides of one place share one reader."""
    from w2sdl_runtime.storage.opening import open_store

    store = open_store(store_path)
    one, two = sides
    reader = _reader(one, store)
    if one.run is two.run is None and one.tree == two.tree and one.base == two.base:
        return reader, reader
    return reader, _reader(two, store)


def _reader(side: Side, store: Store) -> Contents:
    if side.run is not None:
        return _recorded(side.run, store)
    sources = _sources(side, store)

    found: dict[str, Mapping[str, Mapping[str, str]]] = {}

    def read(node: Node) -> Mapping[str, Mapping[str, str]]:
        if not node.sources:
            return {}
        if node.id not in found:  # of either side, where both share a reader
            found[node.id] = sources.known(node)
        return found[node.id]

    return read


def _recorded(run: LoadedRun, store: Store) -> Contents:
    """What a run's files held is in the keys of its results."""

    def read(node: Node) -> Mapping[str, Mapping[str, str]]:
        entry = run.nodes.get(node.id)
        preimage = store.preimage(entry.key) if entry and entry.key and node.sources else None
        found: Mapping[str, Mapping[str, str]] = (preimage or {}).get("sources", {})
        return found

    return read


def _sources(side: Side, store: Store) -> Sources:
    """Resolves names without asking the network: a comparison must not depend on it."""
    from w2sdl_runtime.hash_cache import HashCache
    from w2sdl_runtime.sources import Sources

    hashes = HashCache(store.root / "hashes.json")
    if side.tree is None:
        return Sources(side.base, side.lock, hashes, offline=True)
    tree, base = side.tree, side.base

    class AtRevision(Sources):
        """Files as git has them; those that git doesn't know are read from the disk."""

        def content(self, value: str) -> dict[str, str] | None:
            path = base / Path(value).expanduser()
            inside = path.resolve().is_relative_to(tree.top.resolve())
            return (tree.digest(tree.path(path)) if inside else None) or super().content(value)

    return AtRevision(base, side.lock, hashes, offline=True)


def reuse_of(side: Side, store_path: Location) -> Reuse:
    """Which of a design's nodes are stored, which would run, and how long that took or would take."""
    from w2sdl_runtime.op import PrerequisiteError
    from w2sdl_runtime.runs.timings import Timings
    from w2sdl_runtime.storage.opening import open_store

    store = open_store(store_path)
    timings = Timings(store.root / "timings.json")
    try:
        if side.run is not None:
            return _of_run(side, side.run, store, timings)
        return _of_plan(side, store, timings)
    except PrerequisiteError as problem:
        return Reuse(_shown(store_path), 0, 0, 0, 0.0, 0.0, 0, 0, problem=problem.message)


def stored_digests(side: Side, store: Store) -> dict[str, str]:
    """The objects that a store has of a spec's nodes, by the id of the node."""
    from w2sdl.planning.deciding import plan_graph
    from w2sdl_runtime.cache.index import store_index

    plan = plan_graph(side.graph, store_index(store, side.base, side.lock, _sources(side, store)))
    return {id_: entry.digest for id_, entry in plan.entries.items() if entry.digest}


def _of_plan(side: Side, store: Store, timings: Timings) -> Reuse:
    from w2sdl.planning.deciding import plan_graph
    from w2sdl.planning.plan import Action
    from w2sdl.planning.reasons import Unmet
    from w2sdl_runtime.cache.index import store_index
    from w2sdl_runtime.op import PrerequisiteError

    index = store_index(store, side.base, side.lock, _sources(side, store))
    plan = plan_graph(side.graph, index)
    for entry in plan.of(Action.BLOCKED):
        if isinstance(why := entry.reasons[0], Unmet):
            raise PrerequisiteError(why.message, why.help, why.code)
    took: dict[str, float] = {}
    waiting: list[Node] = []
    maybe = 0
    for entry in plan.entries.values():
        if entry.action is Action.REUSE:
            manifest = store.lookup(entry.key)
            took[entry.key] = manifest.seconds if manifest else 0.0
        else:
            waiting.append(entry.node)
            maybe += entry.action is Action.MAYBE
    stored = len(plan.entries) - len(waiting)
    return _reuse(store, stored, sum(took.values()), waiting, maybe, timings)


def _of_run(side: Side, run: LoadedRun, store: Store, timings: Timings) -> Reuse:
    took: dict[str, float] = {}
    waiting: list[Node] = []
    stored = 0
    for node in side.graph.nodes.values():
        entry = run.nodes.get(node.id)
        manifest = store.lookup(entry.key) if entry and entry.key else None
        if manifest is None:
            waiting.append(node)
        else:
            stored += 1
            took[manifest.key] = manifest.seconds
    return _reuse(store, stored, sum(took.values()), waiting, 0, timings)


def _reuse(
    store: Store, stored: int, took: float, waiting: list[Node], maybe: int, timings: Timings
) -> Reuse:
    seen = [timings.seen(node) for node in waiting if not node.inline]  # those take no time
    known = [seconds for seconds in seen if seconds is not None]
    return Reuse(
        store=_shown(store.location if is_url(store.location) else store.root),
        stored=stored,
        to_run=len(waiting) - maybe,
        maybe=maybe,
        stored_seconds=took,
        run_seconds=sum(known),
        timed=len(known),
        unknown=len(seen) - len(known),
        by_name=dict(Counter(node.name for node in waiting)),
    )


def _shown(place: Location) -> str:
    """A path as seen from the current folder, where it lies below it; a URL as it is."""
    if isinstance(place, str):
        return shown_location(place)
    full = place.absolute()
    return str(full.relative_to(Path.cwd()) if full.is_relative_to(Path.cwd()) else place)
