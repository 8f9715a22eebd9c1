"""How exceptions become causes, and how a failure travels."""

from __future__ import annotations

import errno
import json
from dataclasses import asdict

import numpy as np
import pytest

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.worker.failures import Cause, TimedOut, cause_of, cause_of_death
from w2sdl_runtime.worker.protocol import Failure, Outcome


def _raised_from(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


class OutOfMemoryError(RuntimeError):
    """Called as those of torch and Ray are."""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ValueError("no"), Cause.ERROR),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), Cause.ERROR),
        (ValueError("out of memory"), Cause.ERROR),  # only libraries in C++ say it so
        (SystemExit(3), Cause.ERROR),
        (MemoryError(), Cause.OOM),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"), Cause.OOM),
        (RuntimeError("CUDA error: out of memory"), Cause.OOM),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried 8 bytes"), Cause.OOM),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), Cause.OOM),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), Cause.OOM),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), Cause.OOM),
        (OSError(errno.ENOSPC, "No space left on device"), Cause.PREREQUISITE),
        (OSError(errno.ENOENT, "No such file"), Cause.ERROR),
        (PrerequisiteError("no file", "make one"), Cause.PREREQUISITE),
        (TimedOut(2), Cause.TIMEOUT),
        (_raised_from(ValueError("a batch failed"), MemoryError()), Cause.OOM),
        (_raised_from(PrerequisiteError("too large"), MemoryError()), Cause.PREREQUISITE),
    ],
)
def test_exceptions_have_causes(error: BaseException, cause: Cause) -> None:
    assert cause_of(error) is cause


def test_a_real_failure_to_allocate_is_known() -> None:
    with pytest.raises(MemoryError) as caught:
        np.empty(2**62, dtype=np.int8)
    assert cause_of(caught.value) is Cause.OOM
    import torch

    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**62, dtype=torch.int8)
    assert cause_of(refused.value) is Cause.OOM


def test_a_chain_of_causes_may_be_a_ring() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert cause_of(first) is Cause.ERROR


@pytest.mark.ray
def test_deaths_of_ray_tasks_have_causes() -> None:
    from ray import exceptions as ray

    # What Ray 2.60 says of any dead node: preemption is one possible reason among others.
    dead = "Task failed because the node is dead. This can happen if the node was preempted, ..."
    assert cause_of_death(ray.WorkerCrashedError()) is Cause.LOST
    assert cause_of_death(ray.NodeDiedError(dead)) is Cause.LOST
    assert cause_of_death(ray.NodeDiedError("Task f failed due to node preemption on node x")) is (
        Cause.PREEMPTED
    )
    assert cause_of_death(ray.OutOfMemoryError("killed")) is Cause.OOM
    assert cause_of_death(ray.RuntimeEnvSetupError("no pip")) is Cause.PREREQUISITE


def test_a_failure_survives_the_way_to_the_driver() -> None:
    failure = Failure("X", "m", "h", "log", "tail", Cause.PREEMPTED, "C001", "digest")
    there = json.loads(json.dumps(asdict(Outcome(failure=failure))))
    back = Outcome.from_json(there).failure
    assert back == failure
    assert back is not None
    assert isinstance(back.cause, Cause)
    assert back.cause is Cause.PREEMPTED
