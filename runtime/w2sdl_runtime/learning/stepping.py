"""The one training loop over labelled rows: batches, learning rates, clipping, divergence."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import epochs_by_length
from w2sdl_runtime.learning.checkpoint import Checkpoint
from w2sdl_runtime.learning.divergence import checked
from w2sdl_runtime.learning.gradients import gradients
from w2sdl_runtime.learning.numerics import autocast
from w2sdl_runtime.learning.scaling import Scaling
from w2sdl_runtime.learning.together import Spread
from w2sdl_runtime.op import Context
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.schedules import rate_factor

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

    from w2sdl_runtime.learning.stopping import Watch

#: Tells of some rows of a training, in JSON form.
Tell = Callable[["np.ndarray[Any, Any]"], Sequence[dict[str, Any]]]

#: Seconds between two reports of progress.
REPORT_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """Weights that share a learning rate and a weight decay."""

    weights: Sequence[Tensor]
    rate: float
    decay: float


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels of the rows to train on, float32, ``[rows]``, where the logits are."""

    value: Tensor
    weight: Tensor


class Pace:
    """Reports progress with its speed, at most once in `REPORT_EVERY` seconds and at the end."""

    def __init__(self, ctx: Context, total: int, unit: str, before: int = 0) -> None:
        self._ctx, self._total, self._unit, self._before = ctx, total, unit, before
        self._began = self._last = time.monotonic()

    def __call__(self, done: int, loss: float) -> None:
        now = time.monotonic()
        if done < self._total and now - self._last < REPORT_EVERY:
            return
        self._last = now
        speed = (done - self._before) / max(now - self._began, 1e-9)
        self._ctx.report(done, self._total, self._unit, per_second=round(speed, 1), loss=loss)


def step_through(
    logits_of: Callable[[np.ndarray[Any, Any]], Tensor],
    groups: Sequence[Group],
    lengths: np.ndarray[Any, Any],
    targets: Targets,
    how: tuple[Loss, Train],
    ctx: Context,
    *,
    label: str = "",
    watch: Watch | None = None,
    passed: Callable[[int], None] = lambda step: None,
    at_least: int = 0,
    rows_of: Tell | None = None,
) -> int:
    """Minimise a loss over all rows for some epochs; returns the number of steps.

    Args:
        logits_of: log-odds of some rows, with gradient, ``[batch]``.
        groups: what is trained.
        lengths: tokens of each row, for batches of like length.
        targets: the labels, row by row.
        how: the loss, which always sees the whole batch, and the settings.
        ctx: for the order of batches, and progress.
        label: says all that the training depends on, so that a killed one can go on; "" for none.
        watch: may end it early; then it has the best weights at the end.
        passed: is told how many steps are done, after each and before it is committed.
        at_least: steps that are done in any case, also where the watch would end it before.
        rows_of: tells of some rows, in JSON form: what is kept of a batch whose loss is no number.

    Raises:
        PrerequisiteError: when the loss is no longer a number.
    """
    _, train = how
    steps = steps_of(train, len(lengths))
    step = _Step(logits_of, groups, targets, how, steps=steps, ctx=ctx, rows_of=rows_of)
    batches = epochs_by_length(lengths, train.batch, ctx.generator("batches"))
    watched = watch.memory() if watch else ()
    memory = (*step.loss.memory(), *watched, *step.scaling.memory())
    with Checkpoint(ctx, label, [step.optimizer], memory) as checkpoint:
        first = taken = checkpoint.resume()
        step.scaling.resumed()
        done = sum(len(index) for index in islice(batches, first))
        pace = Pace(ctx, train.epochs * len(lengths), "examples", done)
        for index in islice(batches, steps - first):
            if watch and watch.is_over and taken >= at_least:
                break
            value = step.take(taken, index)
            taken += 1
            done += len(index)
            pace(done, value)
            passed(taken)
            if watch:
                watch.passed(taken)
            checkpoint.passed(taken)
    if watch:
        watch.put_back()
    return taken


class _Step:
    """One step of a training: the loss of a batch, its gradients, and the weights that they move."""

    def __init__(
        self,
        logits_of: Callable[[np.ndarray[Any, Any]], Tensor],
        groups: Sequence[Group],
        targets: Targets,
        how: tuple[Loss, Train],
        *,
        steps: int,
        ctx: Context,
        rows_of: Tell | None,
    ) -> None:
        self._logits_of, self._groups, self._targets = logits_of, groups, targets
        self._steps, self._ctx, self._rows_of = steps, ctx, rows_of
        loss, self._train = how
        self.loss = loss.begun(targets.value, steps)
        self.optimizer = make_optimizer(groups, self._train)
        self._spread = Spread(ctx.shard, ctx.shards) if ctx.shards > 1 else None
        together = self._spread is not None
        self.scaling = Scaling(ctx.device, self._train.precision, together=together)

    def take(self, before: int, index: np.ndarray[Any, Any]) -> float:
        """Move the weights by one batch, after so many steps; returns its loss."""
        train, spread = self._train, self._spread
        factor = rate_factor(train.schedule, train.warmup, before, self._steps)
        set_rates(self.optimizer, self._groups, factor)
        self.optimizer.zero_grad(set_to_none=True)
        goal = partial(self._goal, index, before / self._steps)
        read = (self._reading, goal, index, train.micro_batch, self.scaling.up)
        loss = gradients(*read, spread=spread)
        if spread is not None:
            spread.average(weight for group in self._groups for weight in group.weights)
        value = checked(loss, before + 1, self._steps, self._ctx, partial(self._tell, index))
        self.scaling.step(self.optimizer, train.clip)
        return value

    def _reading(self, index: np.ndarray[Any, Any]) -> Tensor:
        with autocast(self._ctx.device, self._train.precision):
            return self._logits_of(index).float()

    def _goal(self, index: np.ndarray[Any, Any], progress: float, logits: Tensor) -> Tensor:
        value, weight = self._targets.value[index], self._targets.weight[index]
        return self.loss.value(logits, value, weight, progress)

    def _tell(self, index: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
        rows = self._rows_of(index) if self._rows_of else [{}] * len(index)
        return _told(rows, self._reading, self._targets, index)


def steps_of(train: Train, rows: int) -> int:
    """How many steps a training takes."""
    return train.epochs * math.ceil(rows / train.batch)


def make_optimizer(groups: Sequence[Group], train: Train) -> torch.optim.Optimizer:
    """The optimiser of a training; one fused step for all weights."""
    import torch

    kind = torch.optim.AdamW if train.optimizer == "adamw" else torch.optim.Adam
    params = [
        {"params": list(g.weights), "lr": g.rate, "weight_decay": g.decay}
        for g in groups
        if g.weights
    ]
    return kind(params, betas=(train.beta1, train.beta2), fused=True)


def set_rates(optimizer: torch.optim.Optimizer, groups: Sequence[Group], factor: float) -> None:
    """Set every group's learning rate to its peak times a factor."""
    for settings, group in zip(
        optimizer.param_groups, [g for g in groups if g.weights], strict=True
    ):
        settings["lr"] = group.rate * factor


def _told(
    rows: Sequence[dict[str, Any]],
    reading: Callable[[np.ndarray[Any, Any]], Tensor],
    targets: Targets,
    index: np.ndarray[Any, Any],
) -> list[dict[str, Any]]:
    """Rows of a batch with their labels, and with what the network says of each, read alone."""
    import torch

    told = []
    with torch.no_grad():
        for row, at in zip(rows, index, strict=True):
            label = {
                "target": targets.value[at].flatten().tolist(),
                "weight": float(targets.weight[at]),
            }
            logit = reading(index[index == at]).flatten().tolist()
            told.append({**row, **label, "logit": [str(one) for one in logit]})
    return told
