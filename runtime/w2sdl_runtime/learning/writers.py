"""Who writes for a model: its own network, or the endpoint that it is asked at."""

from __future__ import annotations

from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.writing import NO_LIMIT, Writer, Writes
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Model


def open_writer(model: Model, how: Sampling, ctx: Context, *, longest: int = NO_LIMIT) -> Writes:
    """A writer with this model.

    Raises:
        PrerequisiteError: for a model that can't write, or not so.
    """
    if model.facts.get("source") == "api":
        from w2sdl_runtime.learning.remote_writing import RemoteWriter

        return RemoteWriter(model, how, ctx)
    return Writer(open_network(model, ctx), how, ctx, longest=longest, whose=model.digest)
