"""An operation that does nothing worth timing, for `node_overhead.py`."""

from __future__ import annotations

from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Corpus


@op("trivial", version=1)
def trivial(ctx: Context, *, value: float) -> Corpus:
    """A text of one word."""
    return Corpus([str(value)])
