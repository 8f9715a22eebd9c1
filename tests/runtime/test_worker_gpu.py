"""Which GPU a worker takes, and what it gives back. On a real GPU under the marker `gpu`."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.worker import gpu_worker as worker_gpu


@pytest.mark.parametrize(
    ("assigned", "visible", "index"),
    [(1, None, 1), ("1", "", 1), ("5", "3,5", 1), (0, "0,1", 0), ("GPU-b", "GPU-a, GPU-b", 1)],
)
def test_the_index_is_that_among_visible_ones(
    assigned: int | str, visible: str | None, index: int
) -> None:
    assert worker_gpu.device_index(assigned, visible) == index


def test_logical_gpus_need_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of it would fail
    worker_gpu.take_gpu([])
    assert worker_gpu.release_memory() == ""


def test_a_cache_says_what_it_holds() -> None:
    cache: Bounded[str] = Bounded(10)
    cache.get(("a", "cuda"), lambda: "x", lambda _: 4)
    cache.get(("b", "cpu"), lambda: "y", lambda _: 5)
    cache.get(("c", "cuda"), lambda: "z", lambda _: 6)
    assert cache.kept() == {("c", "cuda"): 6}, "least recently used goes first"


@pytest.mark.gpu
def test_memory_is_released_and_a_leak_is_said() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    worker_gpu.take_gpu([0])
    garbage: Any = torch.zeros(200 * 2**20, dtype=torch.uint8, device="cuda")
    assert "200 MiB of GPU memory are still held" in worker_gpu.release_memory()
    del garbage
    assert worker_gpu.release_memory() == ""
    assert torch.cuda.memory_reserved() < 64 * 2**20
