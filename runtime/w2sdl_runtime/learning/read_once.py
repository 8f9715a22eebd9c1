"""Readings that all nodes of a store find: what a stored model makes of some rows is read once.

readings/<hash of the label>/<label>-<number>-<sha256>.safetensors    as in `partials`

Operations, methods, seeds and processes find each other's readings, and go on where a killed one
stopped. A reading is no result: it may be removed at any time, and is then done again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.shards import in_shards

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.learning.shards import Arrays
    from w2sdl_runtime.op import Context

    Array = np.ndarray[Any, Any]

#: What took fewer seconds is read again as fast as it is written, synced and checked.
WORTH_KEEPING = 0.1


def read_once(
    batches: Sequence[Array], compute: Callable[[Array], Arrays], ctx: Context, label: str
) -> Generator[tuple[Array, Arrays], None, None]:
    """As `shards.in_shards`, with shards that every node of the store finds.

    One process reads at a time what has one label; others wait for it, as they would read the same.
    Close the iterator, so that they need not wait for a collection of garbage.

    Args:
        batches: the same ones, in the same order, whenever the label is the same.
        compute: arrays with a row for each row of the batch.
        ctx: the context; its partials say where, and when a commit is due.
        label: says all that the arrays depend on, and nothing of who asks (`numerics.shared_label`).
    """
    pieces = ctx.partials.shared(label)
    with _alone(pieces.folder, ctx):
        began = time.monotonic()
        try:
            yield from in_shards(batches, compute, replace(ctx, partials=pieces), label)
        except BaseException:  # interrupted, or out of time or memory: what is read stays
            pieces.flush()
            raise
        if time.monotonic() - began >= WORTH_KEEPING:
            pieces.flush()


@contextmanager
def _alone(folder: Path | None, ctx: Context) -> Iterator[None]:
    """No other process inside; the system lets go of what a killed one held.

    Where a file system has no locks, two may read the same, and both find whole pieces.
    """
    from filelock import FileLock, Timeout

    if folder is None:
        yield
        return
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            ctx.log("another node reads these rows with this model: this one waits for it")
            lock.acquire()
    except (OSError, NotImplementedError) as error:
        ctx.log(f"readings can't be locked ({error}): another node may read the same rows as well")
    try:
        yield
    finally:
        lock.release()
        if not any(folder.glob("*.safetensors")):
            with suppress(OSError):  # another one has begun; at worst both read
                (folder / "lock").unlink()
                folder.rmdir()
