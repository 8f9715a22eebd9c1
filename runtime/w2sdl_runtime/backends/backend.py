"""The interface of what runs attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from w2sdl_runtime.worker.protocol import Attempt, Listener, Outcome


@dataclass(frozen=True, slots=True)
class Resources:
    """Processors, GPUs and memory of a machine, or of all (bytes; 0 where unknown)."""

    cpus: float
    gpus: float = 0
    memory: float = 0
    gpu_mem: float = 0  #: of each GPU
    accelerator: str = ""  #: the type of its GPUs, or their name


Handle = int


class Backend(Protocol):
    """Runs attempts. All methods are called from one thread."""

    @property
    def window(self) -> int:
        """How many attempts to hand over before the first one has ended."""
        ...

    def totals(self) -> Resources:
        """All resources together."""
        ...

    def machines(self) -> Sequence[Resources]:
        """What one attempt can have at most, by machine; at least one."""
        ...

    def prepare(self) -> None:
        """Models will be built: what idles may import the libraries for it."""
        ...

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        """Take an attempt, to be run as soon as there is room."""
        ...

    def wait(self, timeout: float) -> list[tuple[Handle, Outcome]]:
        """What ended; empty after ``timeout`` seconds without news."""
        ...

    def cancel_all(self) -> None:
        """Stop what runs and drop what waits; their outcomes never come."""
        ...

    def close(self) -> None:
        """Give back what the backend started."""
        ...
