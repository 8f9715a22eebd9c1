"""Threads, devices, precision and random streams of torch, set the same way for every operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def autocast(device: str, precision: str) -> AbstractContextManager[Any]:
    """Mixed precision where a training asks for it."""
    import torch

    if precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)
