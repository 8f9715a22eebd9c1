"""The pretraining corpus that belongs to a data set."""

from __future__ import annotations

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Corpus, Data


@op("corpus", version=1, inline=True)
def corpus(ctx: Context, data: Data) -> Corpus:
    """The corpus that the data set declares.

    Raises:
        PrerequisiteError: when it declares none: nothing is ever taken from the items by itself.
    """
    if not data.corpus:
        raise PrerequisiteError(
            "this data set has no corpus",
            'declare one: table(..., corpus: "support") takes a column, text_file("...") a file',
        )
    return open_as(ctx, data.corpus, Corpus)
