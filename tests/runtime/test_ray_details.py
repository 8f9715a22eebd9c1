"""Details of Ray that the backend rests on, each asserted: they move between minor versions."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from w2sdl_runtime.backends import ray_backend
from w2sdl_runtime.cluster import ray_cluster
from w2sdl_runtime.driver.execute import BackendFactory
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.worker.protocol import Attempt

pytestmark = pytest.mark.ray


@pytest.fixture
def ray(ray_backends: BackendFactory) -> Any:
    """The private Ray of the tests: two processors and one logical GPU."""
    import ray

    return ray


def test_max_calls_is_no_option_of_a_call(ray: Any) -> None:
    with pytest.raises(ValueError, match="max_calls"):
        ray.remote(max_calls=0)(lambda: 0).options(max_calls=1)


def test_a_warm_function_keeps_its_process_with_a_gpu(ray: Any) -> None:
    warm = ray.remote(max_calls=0, max_retries=0)(lambda: os.getpid()).options(num_gpus=1)
    assert len({ray.get(warm.remote()) for _ in range(3)}) == 1


def test_a_fresh_function_ends_its_process(ray: Any) -> None:
    fresh = ray.remote(max_calls=1, max_retries=0)(lambda: os.getpid()).options(num_gpus=1)
    assert len({ray.get(fresh.remote()) for _ in range(3)}) == 3


def test_visible_gpus_are_left_to_us(ray: Any) -> None:
    """`worker_gpu` selects the assigned one: a warm worker may get another than before."""
    see = ray.remote(num_gpus=1, max_calls=0)(
        lambda: (ray.get_gpu_ids(), os.environ.get("CUDA_VISIBLE_DEVICES"))
    )
    ids, visible = ray.get(see.remote())
    assert [int(i) for i in ids] == [0]
    assert visible == os.environ.get("CUDA_VISIBLE_DEVICES")


def test_threads_are_those_that_were_inherited(ray: Any) -> None:
    """Ray leaves an inherited value alone, so the attempt sets its own."""
    threads = ray.remote(num_cpus=2, max_calls=0)(lambda: os.environ["OMP_NUM_THREADS"])
    assert ray.get(threads.remote()) == os.environ["OMP_NUM_THREADS"] == "1"


def test_what_can_not_be_placed_waits_without_a_word(ray: Any) -> None:
    """Hence our own preflight."""
    never = ray.remote(num_cpus=4096, max_retries=0)(lambda: 0).remote()
    ready, _ = ray.wait([never], timeout=0.5)
    assert not ready
    ray.cancel(never, force=True)


def test_a_preferred_machine_that_is_full_or_gone_is_passed_over(ray: Any) -> None:
    from w2sdl_runtime.backends.ray_backend import _prefer

    here = ray.get_runtime_context().get_node_id()
    task = ray.remote(num_cpus=1, max_calls=0, max_retries=0)(lambda: os.getpid())
    for machine in (here, "ab" * (len(here) // 2)):
        assert ray.get(task.options(scheduling_strategy=_prefer(machine)).remote(), timeout=20) > 0


def test_nodes_say_what_we_read(ray: Any) -> None:
    (node,) = ray.nodes()
    assert node["Alive"] is True
    assert (node["Resources"]["CPU"], node["Resources"]["GPU"]) == (2.0, 1.0)
    assert len(node["NodeID"]) == len(ray.get_runtime_context().get_node_id())
    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    assert host
    assert port.isdigit()


def test_a_killed_worker_raises_once_and_is_not_tried_again(ray: Any) -> None:
    die = ray.remote(num_cpus=1, max_calls=0, max_retries=0)(lambda: os.kill(os.getpid(), 9))
    start = time.monotonic()
    with pytest.raises(ray.exceptions.WorkerCrashedError):
        ray.get(die.remote())
    assert time.monotonic() - start < 20


def test_a_variable_of_the_driver_is_no_variable_of_a_running_ray(ray: Any) -> None:
    """Hence forwarded variables."""
    os.environ["W2SDL_LATE"] = "1"
    try:
        late = ray.remote(max_calls=0)(lambda: os.environ.get("W2SDL_LATE"))
        assert ray.get(late.remote()) is None
    finally:
        del os.environ["W2SDL_LATE"]


def test_a_head_that_is_silent_too_long_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        head = ray_cluster.HeadWatch(f"127.0.0.1:{server.getsockname()[1]}")
        assert head.look()
    assert not head.look(), "it may come back"
    monkeypatch.setattr(ray_cluster, "_PATIENCE", 0.0)
    with pytest.raises(PrerequisiteError, match="has not answered for"):
        head.look()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"cpus": 64}, "64 processors, and for"),
        ({"memory": 2**50}, "1 processors and 1024TiB of memory, and for"),
        ({"gpus": 1.0, "accelerator": "H100"}, "1 processors and 1 H100 GPUs, and for"),
    ],
)
def test_a_node_that_fits_no_machine_any_more_ends_the_run(
    ray_backends: BackendFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, Any],
    said: str,
) -> None:
    """As when the largest machine of a cluster went away."""
    backend: Any = ray_backends()
    attempt = Attempt(
        node="n", address="big", op="o", op_version=1, kind="Labels", key="k", preimage={},
        params={}, inputs={}, number=1, folder=str(tmp_path), store=str(tmp_path), base=".",
        modules=(), run="r", git={}, **asked,
    )  # fmt: skip
    backend.submit(attempt, lambda _: None)
    backend._take_census()  # not at once: another machine may join
    monkeypatch.setattr(ray_backend, "_NO_ROOM", 0.0)
    with pytest.raises(PrerequisiteError, match=f"big waits for {said}"):
        backend._take_census()
    backend.cancel_all()
    backend.close()
