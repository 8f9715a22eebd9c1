"""Long readings in shards: what a killed attempt has read is read back, not computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context
from w2sdl_runtime.partials import Partial

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Arrays = Mapping[str, Array]


def in_shards(
    batches: Sequence[Array], compute: Callable[[Array], Arrays], ctx: Context, label: str
) -> Iterator[tuple[Array, Arrays]]:
    """Every batch (rows by number) with what ``compute`` says of it, in order.

    Shards hold whole batches, so where they are cut changes no byte. Each is kept under the number of
    its first batch: where two attempts cut differently, the shards of both still fit.

    Args:
        batches: the same ones, in the same order, whenever the label is the same.
        compute: arrays with a row for each row of the batch, the same ones for all batches.
        ctx: the context; its partials say when a commit is due.
        label: says all that the arrays depend on (`numerics.partial_label`).
    """
    if not label:
        yield from ((batch, compute(batch)) for batch in batches)
        return
    done = 0
    while (found := ctx.partials.load(f"{label} {done}")) is not None:
        count = found.facts["batches"]
        yield from _cut(batches[done : done + count], found.arrays)
        done += count
    since: list[Arrays] = []
    try:
        for batch in batches[done:]:
            since.append(compute(batch))
            yield batch, since[-1]
            if ctx.partials.due():
                ctx.partials.save(f"{label} {done}", _joined(since))
                done, since = done + len(since), []
    finally:  # also where it is interrupted, or out of memory
        if since:
            ctx.partials.offer(f"{label} {done}", _joined(since))


def gathered(
    parts: Iterable[tuple[Array, Arrays]], rows: int, ctx: Context, unit: str = "rows"
) -> dict[str, Array]:
    """What was computed of all batches, back in the order of the rows; says how far it is."""
    import numpy as np

    found: dict[str, Array] = {}
    done = 0
    for index, part in parts:
        for name, array in part.items():
            if name not in found:
                found[name] = np.empty((rows, *array.shape[1:]), array.dtype)
            found[name][index] = array
        done += len(index)
        ctx.report(done, rows, unit)
    return found


def _cut(batches: Sequence[Array], arrays: Arrays) -> Iterator[tuple[Array, Arrays]]:
    start = 0
    for batch in batches:
        end = start + len(batch)
        yield batch, {name: array[start:end] for name, array in arrays.items()}
        start = end


def _joined(parts: Sequence[Arrays]) -> Partial:
    import numpy as np

    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Partial(arrays, {"batches": len(parts)})
