"""Compares what a node's network takes with the machines, where the spec itself asks for no memory."""

from __future__ import annotations

from collections.abc import Sequence

from w2sdl.graph import Node
from w2sdl.planning.reasons import TooLarge, WontFit
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.driver.sharing import Infeasible, Share, gib_text, place
from w2sdl_runtime.learning.scaling import NEEDS_GPU, OTHER_PRECISION
from w2sdl_runtime.sizing.fitting import SURE, is_too_large, nearest_fitting
from w2sdl_runtime.sizing.footprint import Footprint, footprint
from w2sdl_runtime.sizing.nodes import Loads
from w2sdl_runtime.sizing.roots import NotEstimated


def lack_of_memory(
    node: Node, share: Share, machines: Sequence[Resources], loads: Loads
) -> TooLarge | None:
    """What a node's network needs that no machine has; None where one has it, or nobody can tell.

    Whoever states ``needs: {memory: ...}`` (or ``gpu_mem`` on a GPU) is believed.
    """
    on_gpu = share.device == "cuda"
    load = loads.of(node)
    if load is None or isinstance(load, NotEstimated):
        return None
    stated = node.needs.gpu_mem if on_gpu else node.needs.memory
    there = _most(machines, on_gpu)
    found = footprint(load, on_gpu=on_gpu)
    if stated is not None or not there or not is_too_large(found, there):
        return None
    near = nearest_fitting(load, there, on_gpu=on_gpu)
    fits = f"{near[0]} fits, with about {gib_text(near[1].peak)}" if near else ""
    what = "GPU memory" if on_gpu else "memory"
    return WontFit(
        f"about {gib_text(found.peak)} of {what} ({parts_text(found)})",
        f"the largest {'GPU' if on_gpu else 'machine'} has {gib_text(there)}",
        fits=fits,
        resource="gpu_mem" if on_gpu else "memory",
    )


def footprint_at(
    node: Node, machines: Sequence[Resources], device: str, loads: Loads
) -> Footprint | NotEstimated | None:
    """What a node takes on the device where it would run; on a processor where that is not known."""
    load = loads.of(node)
    if load is None or isinstance(load, NotEstimated):
        return load
    try:
        share = place(node.needs, node.wants_gpu, machines, device) if machines else None
    except Infeasible:
        share = None
    return footprint(load, on_gpu=share is not None and share.device == "cuda")


def short_of(node: Node, found: Footprint | NotEstimated | None) -> str:
    """A sentence where a node asks for less memory than its network is estimated to take."""
    if not isinstance(found, Footprint):
        return ""
    name = "gpu_mem" if found.on_gpu else "memory"
    stated = node.needs.gpu_mem if found.on_gpu else node.needs.memory
    if stated is None or found.peak * SURE <= stated:
        return ""
    return (
        f"`{node.name}` asks for {gib_text(stated)} (`needs: {{{name}: ...}}`), and is estimated at "
        f"{gib_text(found.peak)}: the request is believed"
    )


def lack_of_gpu(node: Node, share: Share) -> TooLarge | None:
    """Half precision where a node would run on processors."""
    train = node.params.get("train")
    wanted = isinstance(train, dict) and train.get("precision") == "fp16_mixed"
    if not wanted or share.device != "cpu":
        return None
    return TooLarge(f"a GPU ({NEEDS_GPU})", f"it would run on processors; {OTHER_PRECISION}")


def lack_of_processes(node: Node, executor: str) -> TooLarge | None:
    """Several processes for a node, where it gets one."""
    if node.needs.shards == 1 or executor == "ray":
        return None
    return TooLarge(
        f"{node.needs.shards} processes", "only Ray gives a node more than one: --executor ray"
    )


def _most(machines: Sequence[Resources], on_gpu: bool) -> float:
    """The most that one GPU, or one machine, has; 0 where somebody's is not known."""
    found = [m.gpu_mem for m in machines if m.gpus] if on_gpu else [m.memory for m in machines]
    return max(found, default=0.0) if all(found) else 0.0


def parts_text(found: Footprint) -> str:
    """``1.56e+09 weights: 6GiB, gradients 6GiB, Adam 12GiB, activations 3GiB``."""
    sizes = {
        "gradients": found.gradients,
        "Adam": found.optimizer,
        "activations": found.activations,
    }
    more = "".join(f", {name} {gib_text(size)}" for name, size in sizes.items() if size)
    return f"{count_text(found.parameters)} weights: {gib_text(found.weights)}{more}"


def count_text(number: float) -> str:
    """``1.56 billion``, ``22.7 million``, ``98,304``."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {name}"
    return f"{number:,.0f}"
