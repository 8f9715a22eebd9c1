"""What the cache commands share: which store, which nodes of a spec, and sizes and ages in words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2sdl.cli.common import Failure, Loaded, Request, load_spec, require_valid
from w2sdl.cli.past import store_location
from w2sdl.cli.plan import Planned, plan_design
from w2sdl.cli.selecting import Selection, selected_nodes
from w2sdl.graph import Graph
from w2sdl.location import StoreChoice, local_folder, shown_location
from w2sdl.planning.plan import PlanEntry

if TYPE_CHECKING:
    from w2sdl_runtime.storage.remote_store import RemoteStore
    from w2sdl_runtime.storage.store import Store

here_option = click.option(
    "--here", is_flag=True,
    help="For a store at a URL: the cache folder in front of it on this machine.",
)  # fmt: skip


def open_store(place: StoreChoice) -> Store:
    """The store of the current folder, or the one named.

    Raises:
        Failure: when there is none.
    """
    from w2sdl_runtime.storage import opening as stores

    location = store_location(place)
    if not local_folder(location).is_dir():
        raise Failure(f"there is no store at {location}", "name one with --store")
    return stores.open_store(location)


def bucket_at(place: StoreChoice, *, here: bool) -> RemoteStore | None:
    """The store behind the URL that is meant; None where a folder of this machine is.

    Raises:
        Failure: when nothing is there, or ``here`` asks for the folder in front of a folder.
    """
    from w2sdl_runtime.storage.opening import open_store as opened
    from w2sdl_runtime.storage.remote_store import RemoteStore

    location = store_location(place)
    if isinstance(location, Path) and here:
        raise Failure(
            f"the store {location} is a folder, and has no cache in front of it", "leave out --here"
        )
    if isinstance(location, Path) or here:
        return None
    store = opened(location)
    assert isinstance(store, RemoteStore)  # noqa: S101 - a location that is no folder is a URL
    if not store.is_made():
        raise Failure(f"there is no store at {shown_location(location)}", "name one with --store")
    return store


def planned(request: Request, store: StoreChoice) -> tuple[Loaded, Graph, Planned]:
    """A spec and its plan."""
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    return loaded, graph, plan_design(loaded, graph, Selection())


def entries_at(graph: Graph, made: Planned, addresses: tuple[str, ...]) -> list[PlanEntry]:
    """The plan's entries for some names or addresses, parents first."""
    ids = selected_nodes(graph, Selection(addresses), lambda: made.plan)
    return [entry for id_, entry in made.plan.entries.items() if id_ in ids]


def size_text(size: float) -> str:
    """``12 kB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def age_text(ended: float) -> str:
    """``3 h``: how long ago that was."""
    seconds = max(0.0, time.time() - ended)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
