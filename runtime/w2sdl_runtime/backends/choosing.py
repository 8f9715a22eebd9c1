"""Which backend was asked for, by command line, settings or a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.errors import PrerequisiteError


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs nodes. Nothing is started yet."""

    executor: str  #: "ray" | "local"
    address: str | None = None  #: of a Ray cluster; None for one of our own
    jobs: int | None = None  #: processors of this machine to use


def choose(executor: str, address: str | None = None, jobs: int | None = None) -> Choice:
    """What the user chose; without an ``address`` Ray takes that of RAY_ADDRESS.

    Raises:
        PrerequisiteError: for what can't be, or doesn't go together.
    """
    if executor == "ray":
        from w2sdl_runtime.cluster.ray_cluster import chosen_address

        address = chosen_address(address)
    elif executor != "local":
        raise PrerequisiteError(f"there is no executor `{executor}`", "choose ray or local")
    elif address:
        raise PrerequisiteError("--address needs the ray executor", "leave out --executor local")
    if jobs and address:
        raise PrerequisiteError(
            "--jobs says how many processors of this machine are used",
            "leave it out: a cluster has its own size",
        )
    return Choice(executor, address, jobs)


def make_backend(choice: Choice, folders: Sequence[Path], modules: Sequence[str]) -> Backend:
    """Start it.

    Args:
        choice: what the user chose.
        folders: where workers look for the user's modules.
        modules: with the user's operations.
    """
    if choice.executor == "ray":
        from w2sdl_runtime.backends.ray_backend import RayBackend

        return RayBackend(choice.address, choice.jobs, paths=folders, modules=modules)
    if (choice.jobs or 1) == 1:
        from w2sdl_runtime.backends.local_backend import LocalBackend

        return LocalBackend()
    from w2sdl_runtime.backends.pool_backend import PoolBackend

    return PoolBackend(choice.jobs or 1, folders)
