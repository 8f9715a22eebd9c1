"""What a model makes of items: one hidden state a row, read once for all that use it."""

from __future__ import annotations

from typing import Literal

from w2sdl_runtime.arguments import needs_network, one_after_another
from w2sdl_runtime.coverage import embedded_rows_are_told
from w2sdl_runtime.op import Context, Count, op
from w2sdl_runtime.values import Activations, Items, Model
from w2sdl_runtime.variants.layers import Last, Layer


@op(
    "embed",
    version=1,
    wants_gpu=True,
    check=one_after_another(needs_network("model"), embedded_rows_are_told),
)
def embed(
    ctx: Context,
    model: Model,
    items: Items,
    *,
    layer: Layer = Last(),  # noqa: B008 (frozen)
    pooling: Literal["auto", "last", "mean", "first"] = "auto",
    max_length: Count = 256,
) -> Activations:
    """Hidden states of the items, float32, ``[rows, width]``, for probes and neighbours.

    Items are read without gold, so those of all parts may be read at once: name the same call
    wherever the same states are used, and they are computed once.

    Args:
        ctx: the context.
        model: whose states; a Predictor gives those of its trained body, and reads its context too.
        items: what is read: prompt and candidate.
        layer: which state.
        pooling: over tokens. "auto" is the last token of a causal model, the mean of an encoder;
            "first" is an encoder's classification token.
        max_length: tokens a row; longer ones lose context, then prompt.

    Raises:
        PrerequisiteError: for a predictor without a network of its own, a layer that isn't there, or
            an item that lacks a transcript that the predictor reads.
    """
    from w2sdl_runtime.data.tables import states_of_items
    from w2sdl_runtime.learning.embedding import hidden_states

    return states_of_items(items, hidden_states(model, items, layer, pooling, max_length, ctx))
