"""Random scenarios of faults: a sample that is quick, and a soak of two hundred under `slow`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.faults.scenario import draw_scenario, play

#: Other seeds for a soak by hand.
FIRST = int(os.environ.get("W2SDL_TEST_SEED", "1000"))


@pytest.mark.parametrize("seed", range(20))
def test_a_sample(tmp_path: Path, seed: int) -> None:
    play(draw_scenario(seed), tmp_path)


@pytest.mark.parametrize("seed", [0, 2])
def test_a_sample_with_worker_processes(tmp_path: Path, seed: int) -> None:
    play(draw_scenario(seed, "pool"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST, FIRST + 180))
def test_soak(tmp_path: Path, seed: int) -> None:
    play(draw_scenario(seed, "local" if seed % 3 else "pool"), tmp_path)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A standing cluster of two machines."""
    with Cluster(workers=1) as cluster:
        yield cluster


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.parametrize("seed", range(FIRST, FIRST + 20))
def test_soak_on_ray(tmp_path: Path, seed: int, cluster: Cluster) -> None:
    play(draw_scenario(seed, "ray"), tmp_path, cluster)
