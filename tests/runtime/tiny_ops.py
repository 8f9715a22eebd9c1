"""Operations that take no time, for tests of the driver; loaded as a user's module."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import (
    Context,
    FileSource,
    ModelSource,
    Neutral,
    PrerequisiteError,
    Seed,
    Variant,
    op,
    variant,
)
from w2sdl_runtime.values import Data, Metric, PartRef, Predictor


class Flavour(Variant):
    """How a number is changed."""


@variant("plus")
class Plus(Flavour):
    amount: float = 1.0


@variant("against")
class Against(Flavour):
    """Holds an edge."""

    other: Metric


def _note(ctx: Context, name: str) -> int:
    """Count how often something ran, in a file beside the spec."""
    with (ctx.base / f"ran-{name}").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len((ctx.base / f"ran-{name}").read_text().splitlines())


@op("tiny_number", version=1)
def number(ctx: Context, value: float, name: str = "x", seed: Seed = 0) -> Metric:
    """A number."""
    _note(ctx, "number")
    return Metric(name, value, facts={"seed": seed, "draw": ctx.stream("draw")})


@op("tiny_sum", version=1)
def total(
    ctx: Context, parts: list[Metric], extra: Metric | None = None, name: str = "sum"
) -> Metric:
    """The sum of numbers."""
    _note(ctx, "sum")
    found = [*parts, *([extra] if extra is not None else [])]
    return Metric(name, sum(part.value or 0.0 for part in found), n=len(found))


@op("tiny_sign", version=1)
def sign(ctx: Context, of: Metric) -> Metric:
    """Only the sign survives, so that many inputs give equal bytes."""
    _note(ctx, "sign")
    return Metric("sign", float((of.value or 0.0) > 0))


@op("tiny_flavoured", version=1)
def flavoured(ctx: Context, of: Metric, how: Flavour) -> Metric:
    """Changes a number as the variant says."""
    change = how.other.value if isinstance(how, Against) else getattr(how, "amount", 0.0)
    return Metric("flavoured", (of.value or 0.0) + (change or 0.0))


@op("tiny_fail", version=1)
def fail(ctx: Context, of: Metric, how: str = "error") -> Metric:
    """Fails in various ways."""
    _note(ctx, "fail")
    if how == "prerequisite":
        raise PrerequisiteError("there is no salt", "buy some")
    if how == "rule":
        raise PrerequisiteError("a.x and a.y share 1 text", "group them", "W2S0608")
    if how == "kind":
        return Predictor({})  # type: ignore[return-value]
    if how == "exit":
        sys.exit(3)
    if how == "in place":
        of.value = -1.0
        return of
    raise RuntimeError("the soup is cold")


@op("tiny_die", version=1)
def die(ctx: Context, of: Metric, times: int = 1) -> Metric:
    """Kills its process the first times that it runs."""
    if _note(ctx, "die") <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return Metric("survived", of.value)


@op("tiny_babble", version=1)
def babble(ctx: Context, of: Metric) -> Metric:
    """Writes bytes that are no text, and kills its process the first time."""
    os.write(1, b"\xff\xfe half a letter: \xc3\n")
    if _note(ctx, "babble") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return Metric("survived", of.value)


class Slow(Metric):
    """Takes its time to be stored."""

    def save(self, folder: Path) -> None:
        time.sleep(2.0)
        super().save(folder)


@op("tiny_large", version=1)
def large(ctx: Context, of: Metric) -> Metric:
    """Is quickly computed and slowly stored."""
    return Slow("large", of.value)


@op("tiny_note", version=1)
def note(ctx: Context, of: Metric) -> Metric:
    """Writes a line into its log."""
    ctx.log("a line")
    return Metric("noted", of.value)


@op("tiny_moody", version=1)
def moody(ctx: Context, value: float = 1.0) -> Metric:
    """Works unless there is a file `mood` beside the spec."""
    if (ctx.base / "mood").exists():
        raise RuntimeError("not today")
    return Metric("mood", value)


@op("tiny_stubborn", version=1)
def stubborn(ctx: Context, of: Metric) -> Metric:
    """Is interrupted and does not let anybody know, as a library with a bare ``except`` does."""
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    return Metric("stubborn", of.value)


@op("tiny_dice", version=1)
def dice(ctx: Context) -> Metric:
    """Other bytes each time; no real operation's may."""
    return Metric("dice", float(_note(ctx, "dice")))


@op("tiny_talk", version=1)
def talk(ctx: Context, of: Metric) -> Metric:
    """Writes to every channel that a log must catch."""
    import logging

    print("on stdout")
    print("on stderr", file=sys.stderr)
    os.write(1, b"on descriptor 1\n")
    logging.getLogger("tiny").warning("through logging")
    warnings.warn("through warnings", stacklevel=1)
    ctx.log("through the context")
    for done in range(3):
        ctx.report(done + 1, 3, "steps", loss=0.5)
    return Metric("talk", 0.0, facts={"threads": ctx.threads, "omp": os.environ["OMP_NUM_THREADS"]})


@op("tiny_sleep", version=1)
def sleep(ctx: Context, of: Metric, seconds: float = 60.0) -> Metric:
    """Reports progress while it waits."""
    _note(ctx, "sleep")
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        ctx.report(int(10 * (time.monotonic() - start)), int(10 * seconds), "ticks")
        time.sleep(0.02)
    return Metric("slept", seconds)


@op("tiny_meet", version=1)
def meet(ctx: Context, of: Metric, tag: int = 0) -> Metric:
    """Waits for another one: two can only end side by side."""
    _note(ctx, "meet")
    end = time.monotonic() + 60
    while len((ctx.base / "ran-meet").read_text().splitlines()) < 2:
        if time.monotonic() > end:
            raise RuntimeError("nobody came")
        time.sleep(0.02)
    return Metric("met", float(tag))


@op("tiny_deaf", version=1)
def deaf(ctx: Context, of: Metric, seconds: float = 60.0) -> Metric:
    """Hears no signal for a while, as a long call into C does."""
    _note(ctx, "deaf")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(seconds)
    return Metric("slept", seconds)


@op("tiny_hungry", version=1)
def hungry(ctx: Context, of: Metric, times: int = 1, rows: Annotated[int, Neutral()] = 8) -> Metric:
    """Asks for more memory than there is, the first times that it runs."""
    with (ctx.base / "rows").open("a") as file:
        file.write(f"{rows} ")
    if _note(ctx, "hungry") <= times:
        bytearray(2**62)
    return Metric("fed", of.value)


@op("tiny_pid", version=1, wants_gpu=True)
def pid(ctx: Context, of: Metric, tag: int = 0) -> Metric:
    """Which process and device it ran on. Its bytes differ each time; no real operation's may."""
    return Metric("pid", float(os.getpid()), facts={"device": ctx.device, "tag": tag})


@op("tiny_pid_model", version=1, wants_gpu=True)
def pid_model(ctx: Context, of: Metric, tag: int = 0) -> Predictor:
    """The same for what counts as a training."""
    return Predictor({"pid": os.getpid(), "device": ctx.device, "tag": tag})


@op("tiny_data", version=1)
def data(ctx: Context, value: float = 1.0) -> Data:
    """A data set whose part is an object that is no node's output."""
    _note(ctx, "data")
    digest = ctx.put(Metric("part", value))
    return Data({"train": PartRef(digest, "", 1)})


@op("tiny_wrap", version=1)
def wrap(ctx: Context, of: Metric) -> Data:
    """A data set that refers to the output of another node."""
    _note(ctx, "wrap")
    return Data({"train": PartRef(of.digest, "", 1)})


@op("tiny_part", version=1, inline=True)
def part(ctx: Context, data: Data, part: str) -> Metric:
    """A part of a data set, by reference."""
    _note(ctx, "part")
    found = ctx.open(data.parts[part].items)
    assert isinstance(found, Metric)
    return found


@op("tiny_first", version=1)
def first(ctx: Context, data: Data) -> Metric:
    """Reads an object that the data set refers to."""
    _note(ctx, "first")
    found = open_as(data.opener, data.parts["train"].items, Metric)
    return replace(found, name="first")


@op("tiny_read", version=1)
def read(ctx: Context, path: FileSource) -> Metric:
    """The number in a file, or how many files a folder has."""
    _note(ctx, "read")
    found = Path(ctx.base / path)
    return Metric(
        "read", float(len(list(found.iterdir())) if found.is_dir() else found.read_text())
    )


@op("tiny_weights", version=1)
def weights(ctx: Context, source: ModelSource, revision: str | None = None) -> Predictor:
    """A model of one file."""
    _note(ctx, "weights")
    folder = ctx.scratch()
    (folder / "sub").mkdir()
    (folder / "sub" / "weights.txt").write_text((ctx.base / source / "config.json").read_text())
    return Predictor({"source": "a folder"}, folder)
