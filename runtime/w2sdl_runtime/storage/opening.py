"""Opens a store by its location: a folder, or a URL with a cache folder in front."""

from __future__ import annotations

from pathlib import Path

from w2sdl.location import Location, is_url, local_folder, split_cache
from w2sdl_runtime.storage.store import Store


def open_store(location: Location) -> Store:
    """The store at a location. Nothing is asked of the network before it is used.

    Workers get a location as text; one without a chosen cache folder uses that of its own machine.
    """
    if isinstance(location, Path) or not is_url(location):
        return Store(Path(location))
    from w2sdl_runtime.storage.remote_store import RemoteStore

    return RemoteStore(split_cache(location)[0], local_folder(location), location)
