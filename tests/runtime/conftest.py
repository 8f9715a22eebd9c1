"""One Ray for all tests that need one, and both backends under one name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.driver.execute import BackendFactory

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def ray_backends() -> Iterator[BackendFactory]:
    """Makes backends on a private Ray with two processors and one GPU that is only counted."""
    from w2sdl_runtime.backends.ray_backend import RayBackend

    first = RayBackend(cpus=2, gpus=1, paths=[REPOSITORY])
    yield lambda: RayBackend(paths=[REPOSITORY])
    first.close()


def pool() -> Backend:
    """Two worker processes."""
    from w2sdl_runtime.backends.pool_backend import PoolBackend

    return PoolBackend(2, [REPOSITORY])


@pytest.fixture(params=["local", "pool", pytest.param("ray", marks=pytest.mark.ray)])
def backend(request: pytest.FixtureRequest) -> BackendFactory:
    """A factory of each backend in turn."""
    if request.param == "local":
        return LocalBackend
    if request.param == "pool":
        return pool
    factory: BackendFactory = request.getfixturevalue("ray_backends")
    return factory


@pytest.fixture(params=["pool", pytest.param("ray", marks=pytest.mark.ray)])
def workers(request: pytest.FixtureRequest) -> BackendFactory:
    """A factory of each backend that has worker processes."""
    if request.param == "pool":
        return pool
    factory: BackendFactory = request.getfixturevalue("ray_backends")
    return factory


@pytest.fixture
def ray_backend(ray_backends: BackendFactory) -> Iterator[Backend]:
    """A Ray backend to call directly."""
    backend = ray_backends()
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the small graph's nodes, of a run that nothing disturbed."""
    from tests.runtime.tiny_graph import run
    from tests.runtime.tiny_run import prepare, small_graph

    result = run(small_graph().graph(), prepare(tmp_path_factory.mktemp("clean")))
    assert result.status == "done"
    return {id_: entry.digest for id_, entry in result.nodes.items()}
