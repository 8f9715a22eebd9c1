"""Whether a node fits into a machine's memory, and which setting would make it fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from w2sdl_runtime.sizing.footprint import Footprint, Load, footprint

#: An estimate is of rows as long as they may be, and may be a quarter too high even so: only what is
#: still too large without that is refused. See docs/models.md.
SURE = 0.8
_RANK = 8


def is_too_large(found: Footprint, there: float) -> bool:
    """Whether a node can't fit into so many bytes."""
    return found.peak * SURE > there


def nearest_fitting(load: Load, there: float, *, on_gpu: bool) -> tuple[str, Footprint] | None:
    """The setting nearest to a node's own that fits, as a spec has it; None where none does.

    First what changes no result, then what changes rounding, then what changes the experiment.
    """
    for text, other in _changes(load):
        found = footprint(other, on_gpu=on_gpu)
        if found.peak <= there:
            return text, found
    return None


def _changes(load: Load) -> Iterator[tuple[str, Load]]:
    if not load.is_training:
        yield from _in_half(load, "")
        return
    yield from _smaller(load, "")
    checked = replace(load, checkpointing=True)
    yield "train.gradient_checkpointing: true", checked
    yield from _smaller(checked, "train.gradient_checkpointing: true, ")
    mixed = replace(checked, mixed=True)
    how = 'train.precision: "bf16_mixed", train.gradient_checkpointing: true'
    yield how, mixed
    yield from _smaller(mixed, f"{how}, ")
    if load.tuning == "full":
        adapted = replace(checked, tuning="lora", rank=_RANK)
        how = "tune: lora() of the model, train.gradient_checkpointing: true"
        yield how, adapted
        yield from _smaller(adapted, f"{how}, ")
        yield from _in_half(adapted, f"{how}, ")
    else:
        yield from _in_half(checked, "train.gradient_checkpointing: true, ")


def _smaller(load: Load, above: str) -> Iterator[tuple[str, Load]]:
    """Fewer items at once, by halves."""
    items = load.micro // load.sides // 2
    while items >= 1:
        yield f"{above}train.micro_batch: {items}", replace(load, micro=items * load.sides)
        items //= 2


def _in_half(load: Load, above: str) -> Iterator[tuple[str, Load]]:
    if load.weight_bytes > 2:
        half = replace(load, weight_bytes=2)
        how = f'{above}precision: "bfloat16" of the model'
        yield how, half
        if load.is_training:
            yield from _smaller(half, f"{how}, ")
