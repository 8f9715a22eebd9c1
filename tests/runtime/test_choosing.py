"""Which backend a user gets, and which wishes don't go together."""

from __future__ import annotations

from pathlib import Path

import pytest

from w2sdl_runtime.backends.choosing import choose_executor
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.backends.pool_backend import PoolBackend
from w2sdl_runtime.errors import PrerequisiteError


def test_local_runs_are_in_process_or_in_a_pool(tmp_path: Path) -> None:
    assert isinstance(choose_executor("local").backend([tmp_path], []), LocalBackend)
    pool = choose_executor("local", jobs=2).backend([tmp_path], [])
    assert isinstance(pool, PoolBackend)
    pool.close()


@pytest.mark.parametrize(
    ("executor", "address", "jobs", "message"),
    [
        ("dask", None, None, "there is no executor `dask`"),
        ("local", "head:6379", None, "--address needs the ray executor"),
        ("ray", "head:6379", 2, "--jobs says how many processors of this machine"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_starts(
    executor: str, address: str | None, jobs: int | None, message: str
) -> None:
    with pytest.raises(PrerequisiteError, match=message) as caught:
        choose_executor(executor, address, jobs)
    assert caught.value.help


def test_a_cluster_of_the_environment_counts_as_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    with pytest.raises(PrerequisiteError, match="--jobs says how many"):
        choose_executor("ray", jobs=2)
    choose_executor("local", jobs=2)  # which is none of its business
