"""The backend that was asked for, by command line, settings or a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.errors import PrerequisiteError


def choose_backend(
    executor: str,
    folders: Sequence[Path],
    modules: Sequence[str],
    address: str | None = None,
    jobs: int | None = None,
) -> Callable[[], Backend]:
    """What makes the backend, once anything is to be computed.

    Args:
        executor: "ray" or "local".
        folders: where workers look for the user's modules.
        modules: with the user's operations.
        address: of a Ray cluster; without one RAY_ADDRESS, else a Ray of its own.
        jobs: processors of this machine to use.

    Raises:
        PrerequisiteError: for what can't be, or doesn't go together.
    """
    if executor == "local":
        if address:
            raise PrerequisiteError(
                "--address needs the ray executor", "leave out --executor local"
            )
        return lambda: _local(jobs or 1, folders)
    if executor != "ray":
        raise PrerequisiteError(f"there is no executor `{executor}`", "choose ray or local")
    from w2sdl_runtime.cluster.ray_cluster import chosen_address

    cluster = chosen_address(address)
    if jobs and cluster:
        raise PrerequisiteError(
            "--jobs says how many processors of this machine are used",
            "leave it out: a cluster has its own size",
        )
    return lambda: _ray(cluster, jobs, folders, modules)


def _local(jobs: int, folders: Sequence[Path]) -> Backend:
    if jobs == 1:
        from w2sdl_runtime.backends.local_backend import LocalBackend

        return LocalBackend()
    from w2sdl_runtime.backends.pool_backend import PoolBackend

    return PoolBackend(jobs, folders)


def _ray(
    cluster: str | None, jobs: int | None, folders: Sequence[Path], modules: Sequence[str]
) -> Backend:
    from w2sdl_runtime.backends.ray_backend import RayBackend

    return RayBackend(cluster, jobs, paths=folders, modules=modules)
