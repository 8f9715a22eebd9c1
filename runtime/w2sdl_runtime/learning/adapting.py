"""Continues the pretraining of a causal language model on a corpus: next token, all weights."""

from __future__ import annotations

import math
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Batch, Rows, collate, epochs_by_length, pack
from w2sdl_runtime.learning.checkpoint import Checkpoint
from w2sdl_runtime.learning.divergence import checked, told_documents
from w2sdl_runtime.learning.numerics import numerics, partial_label
from w2sdl_runtime.learning.opening import own_network
from w2sdl_runtime.learning.scaling import Scaling
from w2sdl_runtime.learning.stepping import (
    Group,
    Pace,
    make_optimizer,
    set_rates,
)
from w2sdl_runtime.learning.trained import save_network, set_dropout
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.train import Train, settings_of
from w2sdl_runtime.values import Corpus, Model
from w2sdl_runtime.variants.schedules import rate_factor

if TYPE_CHECKING:
    from torch import Tensor


def adapt_network(ctx: Context, model: Model, corpus: Corpus, train: Train) -> Model:
    """Train a copy of the model's network; see `ops.adapt`."""
    network = own_network(model, ctx)
    _check(network)
    rows = _pieces(network, corpus, train.max_length)
    network.module.requires_grad_(True)
    set_dropout(network.module, 0.0, False)
    network.module.train()
    what = {"model": model.digest, "rows": rows.digest(), "train": settings_of(train)}
    with numerics(ctx, "training"):
        steps = _train(network, rows, train, ctx, partial_label(ctx, "adapting", **what))
    network.module.eval()
    folder = ctx.scratch()
    save_network(network, folder)
    facts = {
        "source": "trained",
        "name": "",
        "revision": "",
        "reader": "causal",
        "architecture": type(network.module).__name__,
        "tune": model.facts["tune"],
        "dtype": str(network.module.dtype).removeprefix("torch."),
        "parameters": sum(weight.numel() for weight in network.weights()),
        "base": model.digest,
        "tokens": int(rows.start[-1]),
        "steps": steps,
    }
    return Model(facts, folder)


def _check(network: Network) -> None:
    if not network.causal or network.module.get_output_embeddings() is None:
        raise PrerequisiteError(
            "adapt() trains on the next token, and this model is an encoder", "use a causal model"
        )
    if getattr(network.module, "peft_config", None):
        raise PrerequisiteError(
            "adapt() moves all weights, and this predictor holds adapters", "adapt its model first"
        )


def _pieces(network: Network, corpus: Corpus, max_length: int) -> Rows:
    """Documents as rows, each ended where the tokenizer has an end, longer ones in pieces."""
    documents = [document for document in corpus.documents if document.strip()]
    longest, end = network.longest(max_length), network.tokenizer.eos_token_id
    found = network.tokenizer(documents, verbose=False)["input_ids"] if documents else []
    rows = []
    for ids in found:
        ended = [*ids, end] if end is not None and ids[-1:] != [end] else ids
        rows += [(ended[at : at + longest], 0, 0) for at in range(0, len(ended), longest)]
    rows = [row for row in rows if len(row[0]) > 1]
    if not rows:
        raise PrerequisiteError("the corpus is empty", "give adapt a corpus with text")
    return pack(rows)


def _train(network: Network, rows: Rows, train: Train, ctx: Context, label: str) -> int:
    groups = [Group(network.weights(), train.learning_rate, train.weight_decay)]
    optimizer, generator = make_optimizer(groups, train), ctx.generator("batches")
    steps = train.epochs * math.ceil(len(rows) / train.batch)
    batches = epochs_by_length(rows.lengths, train.batch, generator)
    scaling = Scaling(ctx.device, train.precision)
    with Checkpoint(ctx, label, [optimizer]) as checkpoint:
        first = checkpoint.resume()
        pace = Pace(ctx, steps, "steps", first)
        for step, index in enumerate(islice(batches, first, steps), first):
            set_rates(optimizer, groups, rate_factor(train.schedule, train.warmup, step, steps))
            optimizer.zero_grad(set_to_none=True)
            loss = _next_token_loss(network.module, collate(rows, index, ctx.device))
            loss.backward()  # type: ignore[no-untyped-call]
            tell = partial(told_documents, rows, index, network.tokenizer)
            value = checked(loss, step + 1, steps, ctx, tell)
            scaling.step(optimizer, train.clip)
            pace(step + 1, value)
            checkpoint.passed(step + 1)
    return steps


def _next_token_loss(module: Any, batch: Batch) -> Tensor:
    """The architecture's own loss (some scale or cap their logits), over real tokens only."""
    target = batch.ids if batch.mask is None else batch.ids.masked_fill(batch.mask == 0, -100)
    loss: Tensor = module(input_ids=batch.ids, attention_mask=batch.mask, labels=target).loss
    return loss
