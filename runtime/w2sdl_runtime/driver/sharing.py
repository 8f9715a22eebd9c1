"""What a node gets of the machines there are: from what it needs and what its operation wishes for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from w2sdl.needs import Needs
from w2sdl.syntax.quantities import number_text, size_text
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.backends.gpus import is_type

_GRAIN = 10_000  #: the parts of a GPU that Ray counts in


@dataclass(frozen=True, slots=True)
class Share:
    """What one try at a node gets."""

    cpus: int
    gpus: float = 0
    memory: int = 0
    accelerator: str = ""  #: the machine's own word for the type that it must be; "" for any
    shards: int = 1  #: processes that each get this

    @property
    def device(self) -> str:
        return "cuda" if self.gpus else "cpu"


class Infeasible(Exception):
    """No machine has what is asked for. ``args`` are the request and what there is, in words."""

    def __init__(self, asked: str, there: str) -> None:
        super().__init__(asked, there)
        self.asked, self.there = asked, there


def place(needs: Needs, wants_gpu: bool, machines: Sequence[Resources], device: str) -> Share:
    """The share of a node, or of each of the processes that it is computed in together.

    Raises:
        Infeasible: when no machine has as much, or all together have too little.
    """
    share = _place_one(needs, wants_gpu, machines, device)
    if needs.shards == 1:
        return share
    cpus, gpus = (sum(m.cpus for m in machines), sum(int(m.gpus) for m in machines))
    if needs.shards * share.cpus > cpus:
        asked = f"{needs.shards} processes with {_count(share.cpus, 'processor')} each"
        raise Infeasible(asked, f"all machines together have {cpus:g}")
    if share.gpus and needs.shards > gpus:
        raise Infeasible(f"{needs.shards} processes with a GPU each", f"there are {gpus:g}")
    return replace(share, shards=needs.shards, gpus=1.0 if share.gpus else 0)


def _place_one(needs: Needs, wants_gpu: bool, machines: Sequence[Resources], device: str) -> Share:
    """The share of one process.

    A wish (``wants_gpu``) is granted where a machine has a GPU, a demand of ``needs`` is met or the
    node can't be run. ``gpu_mem`` alone asks for a share of one GPU, by the memory of the type at
    hand: a matter of bookkeeping, since nothing holds a process to it.

    Args:
        needs: the node's.
        wants_gpu: the operation's own wish.
        machines: all that there are.
        device: "auto"; "cpu" keeps everything off GPUs, also what demands one; "cuda" makes a demand
            of the wish.

    Raises:
        Infeasible: when no machine has as much.
    """
    usual = _for_cpu(needs, machines)
    if device == "cpu" or needs.gpu == 0:
        return usual
    demanded = needs.demands_gpu or (wants_gpu and device == "cuda")
    wished = wants_gpu and any(machine.gpus >= 1 for machine in machines)
    if not (demanded or wished):
        return usual
    try:
        return _for_gpu(needs, machines)
    except Infeasible:
        if demanded:
            raise
        return usual  # the machines with a GPU are too small in another way


def _for_cpu(needs: Needs, machines: Sequence[Resources]) -> Share:
    most = max(machine.cpus for machine in machines)
    if needs.cpu > most:
        raise Infeasible(_count(needs.cpu, "processor"), f"the largest machine has {most:g}")
    memory = needs.memory or 0
    fitting = [machine for machine in machines if machine.cpus >= needs.cpu]
    if not any(_has_memory(machine, memory) for machine in fitting):
        largest = max(machine.memory for machine in fitting)
        asked = f"{size_text(memory)} of memory"
        asked += f" beside {_count(needs.cpu, 'processor')}" if needs.cpu > 1 else ""
        raise Infeasible(asked, f"the largest machine has {gib_text(largest)}")
    return Share(needs.cpu, memory=memory)


def _for_gpu(needs: Needs, machines: Sequence[Resources]) -> Share:
    count = needs.gpu if needs.gpu is not None else 1
    asked = gpu_text(needs)
    having = [machine for machine in machines if machine.gpus > 0]
    if not having:
        raise Infeasible(asked, "no machine has a GPU")
    typed = [
        m for m in having if not needs.accelerator or is_type(m.accelerator, needs.accelerator)
    ]
    if not typed:
        raise Infeasible(asked, _types(having))
    many = [machine for machine in typed if machine.gpus >= count]
    if not many:
        most = max(machine.gpus for machine in typed)
        raise Infeasible(asked, f"the machine with most of them has {most:g}")
    roomy = [m for m in many if m.gpu_mem >= (needs.gpu_mem or 0)]
    if not roomy:
        raise Infeasible(asked, _gpu_memory(many))
    fitting = [m for m in roomy if m.cpus >= needs.cpu and _has_memory(m, needs.memory or 0)]
    if not fitting:
        raise Infeasible(f"{asked} beside {_rest_text(needs)}", "no one machine has all of it")
    return _share(needs, _most_common(fitting), having)


def _share(needs: Needs, chosen: Resources, having: Sequence[Resources]) -> Share:
    """On one type of GPU, which is named only where there are others that would not do."""
    gpus = needs.gpu
    if gpus is None:
        part = (needs.gpu_mem or chosen.gpu_mem or 1) / (chosen.gpu_mem or 1)
        gpus = min(1.0, math.ceil(part * _GRAIN) / _GRAIN)
    choosy = needs.gpu_mem is not None or bool(needs.accelerator)
    others = {(m.accelerator, m.gpu_mem) for m in having} != {(chosen.accelerator, chosen.gpu_mem)}
    only = chosen.accelerator if choosy and others else ""
    return Share(needs.cpu, gpus, needs.memory or 0, only)


def _most_common(machines: Sequence[Resources]) -> Resources:
    """A machine of the type of GPU that there are most of; of equal ones, the smaller."""
    counts: Counter[tuple[str, float]] = Counter()
    for machine in machines:
        counts[machine.accelerator, machine.gpu_mem] += int(machine.gpus)
    return max(
        machines, key=lambda m: (counts[m.accelerator, m.gpu_mem], -m.gpu_mem, m.accelerator)
    )


def _has_memory(machine: Resources, memory: int) -> bool:
    return not machine.memory or machine.memory >= memory


def _count(number: float, what: str) -> str:
    return f"{number_text(number)} {what}{'s' if number != 1 else ''}"


def gpu_text(needs: Needs) -> str:
    """The part of a request that is about GPUs, in words."""
    kind = f"{needs.accelerator} GPU" if needs.accelerator else "GPU"
    size = "" if needs.gpu_mem is None else size_text(needs.gpu_mem)
    if needs.gpu is None:
        return f"{size} of one {kind}" if size else f"one {kind}"
    count = _count(needs.gpu, kind) if needs.gpu >= 1 else f"{number_text(needs.gpu)} of one {kind}"
    return f"{count} with {size} of memory" if size else count


def _rest_text(needs: Needs) -> str:
    memory = f" and {size_text(needs.memory)} of memory" if needs.memory else ""
    return f"{_count(needs.cpu, 'processor')}{memory}"


def _types(machines: Sequence[Resources]) -> str:
    known = sorted({machine.accelerator for machine in machines if machine.accelerator})
    return f"the types there are: {', '.join(known)}" if known else "of no GPU is the type known"


def _gpu_memory(machines: Sequence[Resources]) -> str:
    largest = max(machine.gpu_mem for machine in machines)
    if not largest:
        return "how much memory the GPUs have is not known (`gpu: 0.25` asks for a part of one)"
    return f"the largest has {gib_text(largest)}"


def gib_text(count: float) -> str:
    """Bytes in GiB, for reading."""
    return f"{count / 2**30:.3g}GiB"
