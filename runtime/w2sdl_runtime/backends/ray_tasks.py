"""What runs in Ray's workers: one attempt, one in several processes, or imports ahead of work."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.gpu_worker import release_memory, take_gpu

_LIBRARIES = (
    "torch",
    "pyarrow.parquet",
    "tokenizers",
    "transformers.models.llama.modeling_llama",
)


def work(
    record: Mapping[str, Any], secrets: Mapping[str, str], base: str | None = None
) -> dict[str, Any]:
    """One attempt, in a worker.

    Args:
        record: the attempt.
        secrets: variables that go beside the work, for Ray shows a runtime environment to everybody.
        base: the folder of the spec, below the folder that travelled here.
    """
    import ray

    os.environ.update(secrets)
    if base is not None:
        record = {**record, "base": str(Path.cwd() / base)}
    if record["gpus"]:
        take_gpu(ray.get_gpu_ids())
    outcome = run_attempt(record, own_process=True)
    if record["gpus"] and (left := release_memory()):
        with (Path(record["folder"]) / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"warning: {left}\n")
    return {"outcome": outcome, "machine": ray.get_runtime_context().get_node_id()}


def work_together(
    record: Mapping[str, Any], secrets: Mapping[str, str], base: str | None = None
) -> dict[str, Any]:
    """One attempt in several processes, which this task starts and waits for."""
    import ray

    from w2sdl_runtime.backends.ray_shards import run_together

    if base is not None:
        record = {**record, "base": str(Path.cwd() / base)}
    outcome = run_together(record, secrets)
    return {"outcome": outcome, "machine": ray.get_runtime_context().get_node_id()}


def import_libraries() -> None:
    """Import what training needs, in a worker that would idle."""
    for name in _LIBRARIES:
        importlib.import_module(name)
