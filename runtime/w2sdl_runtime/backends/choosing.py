"""What is to run nodes, as it was asked for by command line, settings or a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.inventory import remember
from w2sdl_runtime.errors import PrerequisiteError


@dataclass(frozen=True, slots=True)
class Executor:
    """A choice that goes together; nothing is started yet."""

    name: str  #: "ray" or "local"
    address: str | None = None  #: of a Ray cluster; None for this machine
    jobs: int | None = None  #: processors of this machine to use

    @property
    def is_serial(self) -> bool:
        """Whether nodes run in this process, one at a time."""
        return self.name == "local" and (self.jobs or 1) == 1

    def backend(
        self, folders: Sequence[Path], modules: Sequence[str], store: Path | None = None
    ) -> Backend:
        """The backend, whose workers find the user's ``modules`` in ``folders``.

        The machines of a cluster are remembered in ``store``, for plans.
        """
        if self.is_serial:
            from w2sdl_runtime.backends.local_backend import LocalBackend

            return LocalBackend()
        if self.name == "local":
            from w2sdl_runtime.backends.pool_backend import PoolBackend

            return PoolBackend(self.jobs or 1, folders)
        from w2sdl_runtime.backends.ray_backend import RayBackend

        found = RayBackend(self.address, self.jobs, paths=folders, modules=modules)
        if store is not None and self.address is not None:
            remember(store, self.address, found.machines())
        return found


def choose_executor(name: str, address: str | None = None, jobs: int | None = None) -> Executor:
    """The executor of that name.

    Args:
        name: "ray" or "local".
        address: of a Ray cluster; without one RAY_ADDRESS, else a Ray of its own.
        jobs: processors of this machine to use.

    Raises:
        PrerequisiteError: for what can't be, or doesn't go together.
    """
    if name == "local":
        if address:
            raise PrerequisiteError(
                "--address needs the ray executor", "leave out --executor local"
            )
        return Executor(name, None, jobs)
    if name != "ray":
        raise PrerequisiteError(f"there is no executor `{name}`", "choose ray or local")
    from w2sdl_runtime.cluster.ray_cluster import check_address, chosen_address

    cluster = chosen_address(address)
    if cluster is not None:
        check_address(cluster)
    if jobs and cluster:
        raise PrerequisiteError(
            "--jobs says how many processors of this machine are used",
            "leave it out: a cluster has its own size",
        )
    return Executor(name, cluster, jobs)
