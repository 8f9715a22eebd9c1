"""Operations that note each time they run; every node of a fault test has a tag of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import Context, op
from w2sdl_runtime.partials import Partial
from w2sdl_runtime.values import Data, Metric, PartRef, Predictor

STEPS = 4  #: of a long node


def _note(ctx: Context, tag: int, what: str = "ran") -> None:
    with (Path(ctx.base) / f"{what}-{tag}").open("a") as file:
        file.write(f"{os.getpid()}\n")


@op("fault_number", version=1)
def number(ctx: Context, tag: int) -> Metric:
    """Where values come from."""
    _note(ctx, tag)
    return Metric("number", float(tag), facts={"draw": ctx.stream("draw")})


@op("fault_sum", version=1)
def total(ctx: Context, parts: list[Metric], tag: int) -> Metric:
    """The sum of numbers."""
    _note(ctx, tag)
    return Metric("sum", sum(part.value or 0.0 for part in parts) + tag)


@op("fault_sign", version=1)
def sign(ctx: Context, of: Metric, tag: int) -> Metric:
    """Equal bytes from many inputs: what follows is cut off early."""
    _note(ctx, tag)
    return Metric("sign", float((of.value or 0.0) > 0))


@op("fault_folder", version=1)
def folder(ctx: Context, of: Metric, tag: int) -> Predictor:
    """A folder of files, one of them a megabyte."""
    _note(ctx, tag)
    place = ctx.scratch()
    (place / "deep" / "er").mkdir(parents=True)
    (place / "deep" / "er" / "value.txt").write_text(repr(of.value))
    (place / "zeros.bin").write_bytes(bytes(2**20))
    return Predictor({"tag": tag}, place)


@op("fault_reader", version=1)
def reader(ctx: Context, of: Predictor, tag: int) -> Metric:
    """Reads a folder of files."""
    _note(ctx, tag)
    assert of.folder is not None
    size = len((of.folder / "zeros.bin").read_bytes())
    return Metric("read", float((of.folder / "deep" / "er" / "value.txt").read_text()), n=size)


@op("fault_data", version=1)
def data(ctx: Context, of: Metric, tag: int) -> Data:
    """A data set whose part is an object that is no node's output."""
    _note(ctx, tag)
    return Data({"train": PartRef(ctx.put(Metric("part", (of.value or 0.0) + tag)), "", 1)})


@op("fault_part", version=1, inline=True)
def part(ctx: Context, data: Data, tag: int) -> Metric:
    """A part of a data set, by reference; runs in the driver."""
    _note(ctx, tag)
    return open_as(data.opener, data.parts["train"].items, Metric)


@op("fault_long", version=1)
def long(ctx: Context, of: Metric, tag: int) -> Metric:
    """Commits after each of its steps, and goes on after the last that was committed."""
    _note(ctx, tag)
    found = ctx.partials.load("state")
    sums = np.array([of.value or 0.0]) if found is None else found.arrays["sums"]
    for step in range(len(sums) - 1, STEPS):
        _note(ctx, tag, "step")
        sums = np.append(sums, sums.sum() + step)
        ctx.partials.save("state", Partial({"sums": sums}, {}))
    return Metric("long", float(sums.sum()))
