"""One attempt in several processes, each with its own processors and GPU, through Ray Train."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2sdl_runtime.worker.gpu_worker import take_gpu
from w2sdl_runtime.worker.shard import ShardFailed, run_shard


class _Mailbox:
    """Where the first process leaves what came of the attempt, for whoever started them."""

    def __init__(self) -> None:
        self._outcome: dict[str, Any] | None = None

    def put(self, outcome: dict[str, Any]) -> None:
        self._outcome = outcome

    def get(self) -> dict[str, Any] | None:
        return self._outcome


def run_together(record: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Run one attempt in as many processes as it asks for; its outcome is that of the first.

    Raises:
        Exception: what ended the processes, where none of them could say.
    """
    import ray
    from ray.train import RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    on_gpu = bool(record["gpus"])
    box = ray.remote(num_cpus=0)(_Mailbox).remote()
    storage = Path(record["folder"]) / "ray_train"
    asked = {"CPU": record["cpus"], **({"GPU": 1} if on_gpu else {})}
    asked |= {"memory": record["memory"]} if record["memory"] else {}
    trainer = TorchTrainer(
        _shard,
        train_loop_config={"record": dict(record), "secrets": dict(secrets), "box": box},
        torch_config=TorchConfig(backend="nccl" if on_gpu else "gloo"),
        scaling_config=ScalingConfig(
            num_workers=record["shards"],
            use_gpu=on_gpu,
            resources_per_worker=asked,
            accelerator_type=record["accelerator"] or None,
        ),
        run_config=RunConfig(name="shards", storage_path=str(storage)),
    )
    try:
        trainer.fit()
    except Exception:
        outcome = ray.get(box.get.remote())
        if outcome is None:
            raise
        return dict(outcome)
    finally:
        shutil.rmtree(storage, ignore_errors=True)
    return dict(ray.get(box.get.remote()))


def _shard(config: Mapping[str, Any]) -> None:
    """What each process does."""
    import ray
    from ray import train

    os.environ.update(config["secrets"])
    rank = train.get_context().get_world_rank()
    if config["record"]["gpus"]:
        take_gpu(ray.get_gpu_ids())
    try:
        outcome = run_shard(config["record"], rank)
    except ShardFailed as failed:
        ray.get(config["box"].put.remote(failed.outcome))
        raise
    if outcome is not None:
        ray.get(config["box"].put.remote(outcome))
