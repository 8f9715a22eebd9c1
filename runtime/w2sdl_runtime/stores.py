"""Opens a store by its location: a folder, or a URL with a cache folder in front."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl.location import Location, is_url, split_cache

if TYPE_CHECKING:
    from w2sdl_runtime.store import Store


def open_store(location: Location) -> Store:
    """The store at a location. Nothing is asked of the network before it is used.

    Workers get a location as text; one without a chosen cache folder uses that of its own machine.
    """
    from w2sdl_runtime.store import Store

    folder = local_folder(location)
    if isinstance(location, Path) or not is_url(location):
        return Store(folder)
    from w2sdl_runtime.remote_store import RemoteStore

    return RemoteStore(split_cache(location)[0], folder, location)


def local_folder(location: Location) -> Path:
    """The folder on this machine: the store itself, or what is in front of it."""
    if isinstance(location, Path) or not is_url(location):
        return Path(location)
    url, cache = split_cache(location)
    if cache is not None:
        return cache
    from platformdirs import user_cache_path

    return user_cache_path("w2sdl") / "stores" / sha256(url.encode()).hexdigest()[:16]
