"""Threads, devices, precision and random streams of torch, set the same way for every operation."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from w2sdl.keys import Json, tagged_hash
from w2sdl_runtime.provenance import package_versions

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.op import Context


@contextmanager
def numerics(ctx: Context, label: str) -> Iterator[None]:
    """Run torch with the context's threads and a random stream of its own; restore both after.

    On a GPU, deterministic kernels are used where there are any. On a CPU results are the same
    bytes.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(ctx.threads)
    if ctx.device != "cpu":
        torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(ctx.stream(label))
            yield
    finally:
        torch.set_num_threads(threads)
        if ctx.device != "cpu":
            torch.use_deterministic_algorithms(False)


def numerics_class(ctx: Context) -> dict[str, Json]:
    """What can change the last bits of a computation, beside the packages: see decision 0008.

    A GPU's name is not in it: across kinds of GPU nobody promises bytes.
    """
    import torch

    if ctx.device != "cpu":
        return {"device": ctx.device}
    instructions = torch.backends.cpu.get_cpu_capability()
    machine = platform.machine()
    return {
        "device": "cpu",
        "machine": machine,
        "instructions": instructions,
        "threads": ctx.threads,
    }


def partial_label(ctx: Context, purpose: str, **what: Json) -> str:
    """A label for partial results of one purpose; equal only where the bytes would be equal.

    Args:
        ctx: the context.
        purpose: in a word, such as "training".
        what: digests and settings that the result depends on. An empty string stands for something
            that can't be told from another: then there is no label, and nothing is kept.
    """
    if "" in what.values():
        return ""
    return tagged_hash("partial.1", [purpose, ctx.op_name, ctx.seed, what, _made(ctx)])


def shared_label(ctx: Context, purpose: str, **what: Json) -> str:
    """As `partial_label`, for what no operation and no seed has a part in: all nodes find it."""
    if "" in what.values():
        return ""
    return tagged_hash("shared.1", [purpose, what, _made(ctx)])


def _made(ctx: Context) -> dict[str, Json]:
    return {"numerics": numerics_class(ctx), "packages": package_versions()}


def array_digest(*arrays: np.ndarray[Any, Any]) -> str:
    """A digest of some arrays: their types, shapes and bytes."""
    import numpy as np

    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def autocast(device: str, precision: str) -> AbstractContextManager[Any]:
    """Mixed precision where a training asks for it."""
    import torch

    if precision == "float32":
        return nullcontext()
    half = torch.float16 if precision == "fp16_mixed" else torch.bfloat16
    return torch.autocast(torch.device(device).type, dtype=half)
