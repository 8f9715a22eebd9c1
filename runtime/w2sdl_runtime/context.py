"""What the runtime hands to an operation: where it runs, its seeds, its store, and whom it tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.artifacts import Value
    from w2sdl_runtime.partials import Partials


class Progress(Protocol):
    """Receives the progress of a node."""

    def __call__(self, done: int, total: int, unit: str, **facts: float | str) -> None: ...


def stream_seed(seed: int | list[int], op_name: str, stream: str) -> int:
    """63 bits out of (seed, operation, stream label): never of an address, a position or an order."""
    text = f"w2sdl.stream.1\n{seed}\n{op_name}\n{stream}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _keeping_nothing() -> Partials:
    from w2sdl_runtime.partials import Partials

    return Partials()


@dataclass
class Context:
    """What the runtime hands to an operation, as its first argument."""

    op_name: str
    key: str  #: the store key of the node
    address: str
    work: Path  #: an empty folder for temporary files, on the disk of the store, removed afterwards
    base: Path  #: the folder of the spec: relative paths start here
    threads: int
    device: str  #: "cpu" or "cuda"
    put: Callable[[Value], str]  #: store a value of its own; returns its digest
    open: Callable[[str], Value]  #: load an object by digest, verified
    report: Progress
    log: Callable[[str], None]
    seed: int | list[int] = 0  #: the node's seed parameter, if it has one
    warnings: list[str] = field(default_factory=list)  #: kept with the result, shown in every run
    partials: Partials = field(default_factory=_keeping_nothing)  #: what it has done so far
    #: where this run asks models and scorers that answer over HTTP: see `w2sdl_runtime.endpoints`
    endpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folder: Path | None = None  #: of this try, with its log: what is left there stays
    shards: int = 1  #: processes that compute this together, all of them doing the same
    shard: int = 0  #: which of them this is; what 0 gives is the result

    def leave(self, name: str, text: str) -> str:
        """Write a file that stays whatever becomes of this try; its path, "" where there is no place."""
        if self.folder is None:
            return ""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def warn(self, message: str, code: str = "") -> None:
        """Say what a user should know of this result; it is shown again whenever it is reused."""
        text = f"{message} [{code}]" if code else message
        if text not in self.warnings:  # what several members of a predictor say is said once
            self.log(f"warning: {text}")
            self.warnings.append(text)

    def stream(self, label: str) -> int:
        """A seed for one purpose, such as "batches"."""
        return stream_seed(self.seed, self.op_name, label)

    def generator(self, label: str) -> np.random.Generator:
        """A NumPy generator for one purpose."""
        import numpy as np

        return np.random.Generator(np.random.PCG64(self.stream(label)))

    def row_stream(self, label: str, item_id: str) -> int:
        """A seed for one purpose and one row, so that batch size and order change no draw."""
        return self.stream(f"{label}\n{item_id}")

    def scratch(self, name: str = "files") -> Path:
        """A fresh folder for the files of a result."""
        folder = self.work / name
        folder.mkdir(parents=True)
        return folder
