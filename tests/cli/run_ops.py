"""Operations for tests of the commands on runs: quick, slow, talkative and broken ones."""

from __future__ import annotations

import time

from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Corpus


@op("quick", version=1)
def quick(ctx: Context, text: str) -> Corpus:
    """One document."""
    print(f"the text is {text}")
    return Corpus([text])


@op("slow", version=1)
def slow(ctx: Context, of: Corpus, seconds: float = 60.0) -> Corpus:
    """Takes its time and reports it."""
    start = time.monotonic()
    print("slow begins", flush=True)
    while (spent := time.monotonic() - start) < seconds:
        ctx.report(int(20 * spent), int(20 * seconds), "ticks")
        time.sleep(0.02)
    print("slow ends", flush=True)
    ctx.warn("it took long")
    return Corpus([*of.documents, "slow"])


@op("broken", version=1)
def broken(ctx: Context, of: Corpus) -> Corpus:
    """Lacks something."""
    raise PrerequisiteError("there is no salt", "buy some")


@op("hungry", version=1)
def hungry(ctx: Context, of: Corpus) -> Corpus:
    """Runs out of memory the first time."""
    place = ctx.base / "ate"
    print("hungry begins", flush=True)
    time.sleep(1.0)
    if not place.exists():
        place.write_text("once")
        raise MemoryError("no more")
    print("hungry ends", flush=True)
    return Corpus([*of.documents, "eaten"])


@op("silent", version=1)
def silent(ctx: Context, of: Corpus, seconds: float = 60.0) -> Corpus:
    """Takes its time and reports nothing."""
    time.sleep(seconds)
    return of
