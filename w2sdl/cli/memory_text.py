"""What networks take, as a table for ``plan --memory``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from w2sdl.planning.plan import Plan

if TYPE_CHECKING:
    from w2sdl.cli.foresight import Foresight
    from w2sdl_runtime.sizing.footprint import Footprint

_COLUMNS = (
    "weights",
    "trained",
    "memory",
    "of it weights",
    "gradients",
    "Adam",
    "activations",
    "work",
)


def memory_lines(plan: Plan, foresight: Foresight) -> Iterator[str]:
    """A line for each name and size; rows are taken to be as long as they may be."""
    from w2sdl_runtime.sizing.roots import NotEstimated

    counts: dict[tuple[str, Footprint | NotEstimated], int] = {}
    for entry in plan.entries.values():
        size = foresight.size_of(entry.node)
        if size is not None:
            counts[entry.node.name, size] = counts.get((entry.node.name, size), 0) + 1
    yield ""
    if not counts:
        yield "no node loads a network"
        return
    rows = [
        (name, many, (size.why,) if isinstance(size, NotEstimated) else _cells(size))
        for (name, size), many in counts.items()
    ]
    whole = [cells for _, _, cells in rows if len(cells) > 1]
    widths = [max(len(cell) for cell in column) for column in zip(_COLUMNS, *whole, strict=True)]
    yield "at most, for rows of max_length tokens:"
    yield _line(_COLUMNS, widths, "")
    for name, many, cells in rows:
        yield _line(cells, widths, f"{many:>5} × {name}")


def _line(cells: tuple[str, ...], widths: list[int], last: str) -> str:
    if len(cells) == 1:
        return f"{cells[0]:<{sum(widths) + 2 * len(widths) - 2}}  {last}"
    return "  ".join([*(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True)), last]).rstrip()


def _cells(size: Footprint) -> tuple[str, ...]:
    from w2sdl_runtime.driver.memory import count_text

    sizes = (size.peak, size.weights, size.gradients, size.optimizer, size.activations)
    return (
        count_text(size.parameters),
        count_text(size.trained),
        *(_bytes_text(one) for one in sizes),
        _work(size),
    )


def _bytes_text(count: int) -> str:
    if not count:
        return "-"
    size, unit = (2**30, "GiB") if count >= 2**30 else (2**20, "MiB")
    return f"{count / size:.3g} {unit}"


def _work(size: Footprint) -> str:
    """Floating-point operations: of the whole node where the spec says how many rows there are."""
    if size.flops is not None:
        return f"{size.flops:.2g} FLOP"
    return f"{size.step_flops:.2g} FLOP a step"
