"""GPUs of this machine, without loading CUDA; and how much memory types of GPU have."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_QUERY = ["--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"]

#: GiB by the type that Ray calls a GPU by; of types that come in two sizes the smaller.
_GIB = {
    "K80": 12, "P4": 8, "P100": 16, "V100": 16, "T4": 15, "A10": 22, "A10G": 22, "L4": 22, "L40": 44,
    "L40S": 44, "A40": 44, "A100": 39, "A100-40G": 39, "A100-80G": 79, "H100": 79, "H20": 95, "H200": 139,
    "B200": 177,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU that this process may use. ``name`` is its maker's: "NVIDIA A100-SXM4-80GB"."""

    index: int
    name: str
    memory: int  #: bytes


def memory_of_type(accelerator: str) -> int:
    """Bytes of a GPU of a type, a little less than its makers say; 0 where we don't know."""
    return _GIB.get(accelerator, 0) * 2**30


def is_type(name: str, accelerator: str) -> bool:
    """Whether a GPU's name says that it is of a type: "A100" of "NVIDIA A100-SXM4-80GB"."""
    words = re.findall(r"[A-Z0-9]+", name.upper())
    return all(word in words for word in re.findall(r"[A-Z0-9]+", accelerator.upper()))


def local_gpus() -> tuple[Gpu, ...]:
    """The GPUs of this machine that CUDA_VISIBLE_DEVICES leaves."""
    found = listed_gpus()
    return _by_torch() if found is None else found


@cache
def listed_gpus() -> tuple[Gpu, ...] | None:
    """The same without loading torch; None where there is a driver, and nobody who lists them."""
    if not Path("/dev/nvidiactl").exists():
        return ()
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    try:
        command = [tool, *_QUERY]
        found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return visible(found.stdout, os.environ.get("CUDA_VISIBLE_DEVICES"))


def visible(listing: str, chosen: str | None) -> tuple[Gpu, ...]:
    """The GPUs of a listing of nvidia-smi, in the order that CUDA gives them to a process."""
    rows = [[field.strip() for field in line.split(",")] for line in listing.splitlines() if line]
    found = [(row[1], Gpu(int(row[0]), row[2], int(row[3]) * 2**20)) for row in rows]
    if chosen is None:
        return tuple(gpu for _, gpu in found)
    kept: list[Gpu] = []
    for word in filter(None, (word.strip() for word in chosen.split(","))):
        gpu = _named(word, found)
        if gpu is None:
            break  # as CUDA does: what follows an unknown device is not seen
        kept.append(gpu)
    return tuple(kept)


def _named(word: str, found: Sequence[tuple[str, Gpu]]) -> Gpu | None:
    if word.isdecimal():
        return next((gpu for _, gpu in found if gpu.index == int(word)), None)
    return next((gpu for uuid, gpu in found if uuid.startswith(word)), None)


@cache
def _by_torch() -> tuple[Gpu, ...]:
    import torch

    devices = range(torch.cuda.device_count())
    properties = [torch.cuda.get_device_properties(device) for device in devices]
    return tuple(Gpu(i, p.name, p.total_memory) for i, p in enumerate(properties))
