"""Hidden states of items, one vector a row: what probes are fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Batch, Rows, collate
from w2sdl_runtime.learning.made_of import context_of
from w2sdl_runtime.learning.numerics import numerics, partial_label
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.reading import Pooling, pool, reading_batches
from w2sdl_runtime.learning.rows import Place, item_rows
from w2sdl_runtime.learning.shards import gathered, in_shards
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Items, Model, Predictor

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.variants.layers import Layer


def hidden_states(
    model: Model, items: Items, layer: Layer, pooling: str, max_length: int, ctx: Context
) -> np.ndarray[Any, Any]:
    """One pooled hidden state for each item, float32, ``[rows, width]``, in the order of the items.

    A predictor that was trained with a context reads it here too.

    Raises:
        PrerequisiteError: for a predictor without a network of its own, a layer that isn't there, or
            an item that lacks a transcript.
    """
    import numpy as np
    import torch

    network = open_network(model, ctx)
    context = context_of(model, ctx) if isinstance(model, Predictor) else None
    if not len(items):
        return np.zeros((0, network.width), dtype=np.float32)
    rows = item_rows(network, items, context, _place(model), max_length)
    rows.warn_of_cuts(ctx)
    at, how = layer.index(_layers(network)), _pooling(network, pooling)

    def compute(index: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        return {"pooled": _states(network, collate(rows, index, ctx.device), at, how)}

    with numerics(ctx, "embed"), torch.inference_mode():
        label = _label(model, rows, at, how, ctx)
        parts = in_shards(reading_batches(rows), compute, ctx, label)
        return gathered(parts, len(rows), ctx)["pooled"]


def _place(model: Model) -> Place:
    from w2sdl_runtime.learning.trained import head_of

    neural = isinstance(model, Predictor) and model.facts["type"] in ("neural", "generator")
    return head_of(model).transcript if neural and isinstance(model, Predictor) else "after"


def _layers(network: Network) -> int:
    return int(network.module.config.num_hidden_layers)


def _pooling(network: Network, wanted: str) -> Pooling:
    if wanted == "auto":
        return "last" if network.causal else "mean"
    return wanted  # type: ignore[return-value]


def _states(network: Network, batch: Batch, layer: int, how: Pooling) -> np.ndarray[Any, Any]:
    mask = None if network.causal else batch.mask
    body = network.module.base_model
    read = body(input_ids=batch.ids, attention_mask=mask, output_hidden_states=True)
    is_last = layer == _layers(network)
    hidden = read.last_hidden_state if is_last else read.hidden_states[layer]
    array: np.ndarray[Any, Any] = pool(hidden, batch, how).float().cpu().numpy()
    return array


def _label(model: Model, rows: Rows, layer: int, how: str, ctx: Context) -> str:
    what: dict[str, Any] = {"layer": layer, "pooling": how}
    return partial_label(ctx, "embedding", model=model.digest, rows=rows.digest(), **what)
