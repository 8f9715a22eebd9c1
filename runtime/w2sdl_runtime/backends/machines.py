"""What the machines of a cluster have, beside what an attempt asks for."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.syntax.quantities import size_text
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.backends.gpus import memory_of_type
from w2sdl_runtime.worker.protocol import Attempt


def holds(machine: Resources, attempt: Attempt) -> bool:
    """Whether a machine has what an attempt asks for, if it is free."""
    return (
        machine.cpus >= attempt.cpus
        and machine.gpus >= attempt.gpus
        and (not machine.memory or machine.memory >= attempt.memory)
        and attempt.accelerator in ("", machine.accelerator)
    )


def asked(attempt: Attempt) -> str:
    """What an attempt asks for, in words."""
    parts = [f"{attempt.cpus} processors"]
    if attempt.gpus:
        parts.append(f"{attempt.gpus:g} {attempt.accelerator} GPUs".replace("  ", " "))
    if attempt.memory:
        parts.append(f"{size_text(attempt.memory)} of memory")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def machine_of(found: Mapping[str, float], here: Resources | None) -> Resources:
    """A machine of a cluster: Ray says the type of its GPUs, and not how much memory they have."""
    mark = "accelerator_type:"
    types = sorted(name.removeprefix(mark) for name in found if name.startswith(mark))
    kind = types[0] if types and found.get("GPU", 0) else ""
    memory = found.get("memory", 0)
    gpu_mem = here.gpu_mem if here else memory_of_type(kind)
    name = here.accelerator if here else kind
    return Resources(found.get("CPU", 0), found.get("GPU", 0), memory, gpu_mem, name)
