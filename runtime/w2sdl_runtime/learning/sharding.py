"""One training in several processes, each with a part of every block of the network (FSDP).

All processes do the same thing: they make the same batches and the same loss of the whole batch, and
each reads its own share of the rows. Embeddings, norms outside the blocks, adapters and the head are
whole everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from w2sdl_runtime.learning.opening import own_network
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Tune


def check_spread(tune: Tune, precision: str) -> None:
    """Refuse what several processes can't do together.

    Raises:
        PrerequisiteError: for a body that does not move, or half precision with a scale.
    """
    if isinstance(tune, LinearProbe):
        raise PrerequisiteError(
            "linear_probe() reads with one process, and `needs: {shards: ...}` asks for several",
            "leave out shards",
        )
    if precision == "fp16_mixed":
        raise PrerequisiteError(
            "the scale of fp16_mixed is that of one process, and `needs: {shards: ...}` asks for several",
            'use precision: "bf16_mixed"',
        )


def spread_network(model: Model, ctx: Context, tune: Tune) -> Network:
    """A network of one's own, of whose blocks this process holds a part on its device.

    It is opened in main memory, and its blocks go to the device one by one.
    """
    import torch
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    network = own_network(model, replace(ctx, device="cpu"))
    network.module.requires_grad_(isinstance(tune, Full))
    mesh = init_device_mesh(torch.device(ctx.device).type, (ctx.shards,))
    for block in _blocks(network.module):
        fully_shard(block, mesh=mesh, reshard_after_forward=True)
    network.module.to(ctx.device)
    return network


def _blocks(module: Any) -> Iterable[Any]:
    """The layers of a transformer: the longest list of modules that it has."""
    import torch

    lists = [part for part in module.modules() if isinstance(part, torch.nn.ModuleList)]
    blocks = max(lists, key=len, default=None)
    if blocks is None:
        raise PrerequisiteError(
            f"{type(module).__name__} has no list of layers to be shared out among processes",
            "leave out shards, or use another architecture",
        )
    return list(blocks)
