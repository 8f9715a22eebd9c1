"""The GPU of a worker process: the one that Ray assigned, and what is left on it between nodes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SLACK = 64 * 2**20  #: bytes that a library's own workspace may keep
_current: int | None = None


def take_gpu(assigned: Sequence[int | str]) -> None:
    """Make the assigned GPU the current one of this process, as "cuda" without a number means it.

    A warm worker may get another one than before. What it kept on that is dropped.
    """
    global _current
    if not assigned or not Path("/dev/nvidiactl").exists():
        return  # logical GPUs, which Ray only counts
    import torch

    index = device_index(assigned[0], os.environ.get("CUDA_VISIBLE_DEVICES"))
    if _current not in (None, index):
        _drop_networks()
        release_memory()
    _current = index
    torch.cuda.set_device(index)


def device_index(assigned: int | str, visible: str | None) -> int:
    """Position of an assigned GPU among those that this process sees."""
    if not visible:
        return int(assigned)
    names = [name.strip() for name in visible.split(",")]
    return names.index(str(assigned)) if str(assigned) in names else int(assigned)


def release_memory() -> str:
    """Give back what the last node left on the GPU; a sentence where something stays, "" if not."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return ""
    if _surplus(torch) > _SLACK:
        _drop_networks()
    surplus = _surplus(torch)
    if surplus <= _SLACK:
        return ""
    return f"{surplus / 2**20:,.0f} MiB of GPU memory are still held after this node"


def _surplus(torch: Any) -> int:
    """Bytes on the GPU that are not those of networks kept on purpose."""
    gc.collect()
    torch.cuda.empty_cache()
    return int(torch.cuda.memory_allocated()) - _kept_bytes()


def _kept_bytes() -> int:
    models = sys.modules.get("w2sdl_runtime.models")
    return models.kept_bytes("cuda") if models is not None else 0


def _drop_networks() -> None:
    models = sys.modules.get("w2sdl_runtime.models")
    if models is not None:
        models.drop_networks()
