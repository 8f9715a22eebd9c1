"""Finetunes a network under a head: full, by adapters, or the head alone; and opens the result again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Rows, collate
from w2sdl_runtime.learning.numerics import numerics
from w2sdl_runtime.learning.reading import Reading, Wanted, check_readable, read, read_all
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.learning.stepping import Group, step_through
from w2sdl_runtime.models import Network, load_folder, open_network, own_network
from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors import open_base, variant_from
from w2sdl_runtime.values import Model, Predictor
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora, Tune

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.variants.heads import Fitting, NeuralHead

HEAD_FILE = "head.safetensors"
ADAPTER_FILE = "adapter_model.safetensors"


def finetune_network(head: NeuralHead, task: Fitting) -> Predictor:
    """Train head and body on the task's rows; see `variants.heads.NeuralHead.fit`."""
    tune = tune_of(task.model)
    frozen = isinstance(tune, LinearProbe)
    network = (open_network if frozen else own_network)(task.model, task.ctx)
    rows = item_rows(
        network, task.items, task.context, head.transcript, task.train.max_length
    )
    wanted = head.wants(network.causal)
    check_readable(network, rows, wanted)
    with numerics(task.ctx, "training"):
        body = _prepare(network, tune, task)
        start = _start(head, network, rows, wanted, task)
        weights = _head_start(head, network, task, start)
        groups = [
            Group(list(weights.values()), task.train.learning_rate * task.train.head_rate, 0.0),
            Group(body, task.train.learning_rate, task.train.weight_decay),
        ]
        forward = _forward(head, network, rows, wanted, start if frozen else None, task)
        lengths = rows.lengths * 0 + 1 if frozen else rows.lengths
        step_through(lambda index: head.logits(weights, forward(index)), groups, lengths, task)
    return _result(head, network, tune, weights, rows, task)


def tune_of(model: Model) -> Tune:
    """How a model is tuned: as it was declared. A Predictor keeps the tune of its model."""
    facts = model.facts
    return variant_from(Tune, facts["tune"]) if "tune" in facts else Full()  # type: ignore[type-abstract]
