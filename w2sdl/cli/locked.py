"""``--locked``: refuses to go on where a spec no longer stands on what its lock file says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from w2sdl.cli.common import Failure, Loaded
from w2sdl.cli.output import columns
from w2sdl.graph import Graph
from w2sdl.location import local_folder
from w2sdl.lock import lock_path
from w2sdl.wording import how_many

R = TypeVar("R")


def locked_option(function: Callable[..., R]) -> Callable[..., R]:
    """``--locked``."""
    return click.option(
        "--locked",
        is_flag=True,
        help="Refuse where files, packages or repositories are not as SPEC.lock says.",
    )(function)


def require_locked(loaded: Loaded, graph: Graph) -> None:
    """Stop with a table of what has moved since the spec was locked, or was never locked.

    Raises:
        Failure: where there is no lock, or anything differs.
    """
    from w2sdl_runtime.hash_cache import HashCache
    from w2sdl_runtime.locking import moved_since

    path = lock_path(loaded.path)
    lock = loaded.full_lock
    if lock is None:
        raise Failure(f"--locked: there is no {path}", f"write it: w2sdl lock {loaded.path}")
    hashes = HashCache(local_folder(loaded.settings.store) / "hashes.json")
    moved = moved_since(lock, graph, loaded.base, loaded.path, hashes)
    if moved:
        rows = [("what", "locked", "now", "what to do")]
        rows += [(one.what, one.locked, one.now, one.help) for one in moved]
        table = "\n".join(f"  {line}" for line in columns(rows))
        raise Failure(f"--locked: {how_many(len(moved), 'thing')} not as {path} says\n{table}")
