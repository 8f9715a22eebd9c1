"""Sequence classifiers of transformers, trained elsewhere: one text in, P(right) out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Batch, collate
from w2sdl_runtime.learning.numerics import numerics, partial_label
from w2sdl_runtime.learning.reading import reading_batches
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.learning.shards import gathered, in_shards
from w2sdl_runtime.learning.trained import files_of
from w2sdl_runtime.models import Network, kept_network, load_folder
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Items, Predictor

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


def classify(predictor: Predictor, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
    """P(candidate is right), float64, ``[rows]``; of the class that counts as right."""
    import numpy as np
    import torch

    facts = predictor.facts
    folder = files_of(predictor)
    network = kept_network(predictor, ctx.device, lambda: load_folder(folder, facts, ctx.device))
    rows = item_rows(network, items, None, "after", int(facts["max_length"]))
    rows.warn_of_cuts(ctx)
    if not len(rows):
        return np.zeros(0)
    label = partial_label(ctx, "classes", model=predictor.digest, rows=rows.digest())

    def compute(index: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        logits = _logits(network, collate(rows, index, ctx.device)).double()
        return {"value": _probability(logits, facts).cpu().numpy()}

    parts = in_shards(reading_batches(rows), compute, ctx, label)
    with numerics(ctx, "predict"), torch.inference_mode():
        return gathered(parts, len(rows), ctx)["value"]


def _logits(network: Network, batch: Batch) -> Tensor:
    """``[batch, classes]``. A causal model is read at the last real token, as the mask has it.

    transformers looks for the last token that is not padding instead, which a text may hold too.
    """
    import torch

    module = network.module
    if not network.causal:
        logits: Tensor = module(input_ids=batch.ids, attention_mask=batch.mask).logits
        return logits
    hidden = module.base_model(input_ids=batch.ids).last_hidden_state
    last = hidden[torch.arange(len(hidden), device=hidden.device), batch.lengths - 1]
    scored: Tensor = module.score(last)
    return scored


def _probability(logits: Tensor, facts: dict[str, Any]) -> Tensor:
    import torch

    if facts["classes"] == 1 or facts["several"]:
        return torch.sigmoid(logits[:, facts["positive"]] + facts["bias"])
    return torch.softmax(logits, dim=1)[:, facts["positive"]]
