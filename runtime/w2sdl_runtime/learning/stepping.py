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
    loss_of, train = how
    optimizer = make_optimizer(groups, train)
    generator = ctx.generator("batches")
    steps = steps_of(train, len(lengths))
    loss_of = loss_of.begun(targets.value, steps)

    def reading(index: np.ndarray[Any, Any]) -> Tensor:
        with autocast(ctx.device, train.precision):
            return logits_of(index).float()

    def goal(index: np.ndarray[Any, Any], progress: float, logits: Tensor) -> Tensor:
        return loss_of.value(logits, targets.value[index], targets.weight[index], progress)

    batches = epochs_by_length(lengths, train.batch, generator)

    def tell(index: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
        return _told(rows_of(index) if rows_of else [{}] * len(index), reading, targets, index)

    spread = Spread(ctx.shard, ctx.shards) if ctx.shards > 1 else None
    scaling = Scaling(ctx.device, train.precision, together=spread is not None)
    memory = (*loss_of.memory(), *(watch.memory() if watch else ()), *scaling.memory())
    with Checkpoint(ctx, label, [optimizer], memory) as checkpoint:
        first = taken = checkpoint.resume()
        scaling.resumed()
        done = sum(len(index) for index in islice(batches, first))
        pace = Pace(ctx, train.epochs * len(lengths), "examples", done)
        for step, index in enumerate(islice(batches, steps - first), first):
            if watch and watch.is_over and step >= at_least:
                break
            set_rates(optimizer, groups, rate_factor(train.schedule, train.warmup, step, steps))
            optimizer.zero_grad(set_to_none=True)
            aim = partial(goal, index, step / steps)
            loss = gradients(reading, aim, index, train.micro_batch, scaling.up, spread=spread)
            if spread is not None:
                spread.average(weight for group in groups for weight in group.weights)
            taken = step + 1
            value = checked(loss, taken, steps, ctx, partial(tell, index))
            scaling.step(optimizer, train.clip)
            done += len(index)
            pace(done, value)
            passed(taken)
            if watch:
                watch.passed(taken)
            checkpoint.passed(taken)
    if watch:
        watch.put_back()
    return taken


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


def gradients(
    logits_of: Callable[[np.ndarray[Any, Any]], Tensor],
    goal: Callable[[Tensor], Tensor],
    index: np.ndarray[Any, Any],
    micro_batch: int | None,
    scaled: Callable[[Tensor], Tensor] = lambda loss: loss,
    *,
    spread: Spread | None = None,
) -> Tensor:
    """Add the gradients of a whole batch's loss, ``scaled``; returns that loss as it is.

    With ``micro_batch``, all logits are read first without gradients, the loss of the whole batch
    gives each logit its slope, and the parts are read again with these (gradient caching, Gao et
    al. 2021). So the loss sees whole batches, for a second reading. Draws of dropout are repeated.
    With ``spread``, each process reads its own rows, and has the loss of all.
    """
    import torch

    if spread is not None:
        return _gradients_together(logits_of, goal, index, micro_batch, spread)
    if micro_batch is None or len(index) <= micro_batch:
        loss = goal(logits_of(index))
        scaled(loss).backward()  # type: ignore[no-untyped-call]
        return loss
    parts = [index[at : at + micro_batch] for at in range(0, len(index), micro_batch)]
    on_gpu = torch.cuda.is_available()
    streams = torch.get_rng_state(), torch.cuda.get_rng_state() if on_gpu else None
    with torch.no_grad():
        logits = torch.cat([logits_of(part) for part in parts])
    loss = goal(logits.requires_grad_())
    (slopes,) = torch.autograd.grad(loss, logits)
    torch.set_rng_state(streams[0])
    if streams[1] is not None:
        torch.cuda.set_rng_state(streams[1])
    for part, slope in zip(parts, torch.split(slopes, micro_batch), strict=True):
        logits_of(part).backward(scaled(slope))  # type: ignore[no-untyped-call]
    return loss


def _gradients_together(
    logits_of: Callable[[np.ndarray[Any, Any]], Tensor],
    goal: Callable[[Tensor], Tensor],
    index: np.ndarray[Any, Any],
    micro_batch: int | None,
    spread: Spread,
) -> Tensor:
    """As `gradients`, among processes: they read, tell each other the logits, and go back alone."""
    import torch

    own = spread.own(index)
    size = micro_batch or len(own)
    parts = [own[at : at + size] for at in range(0, len(own), size)]
    state = torch.get_rng_state()
    if len(parts) == 1:
        read = [logits_of(own)]
    else:
        with torch.no_grad():
            read = [logits_of(part) for part in parts]
        torch.set_rng_state(state)
    whole = spread.whole(torch.cat(read), len(index)).requires_grad_()
    loss = goal(whole)
    (slopes,) = torch.autograd.grad(loss, whole)
    back = torch.split(spread.own_slopes(slopes), size)
    for at, (part, slope) in enumerate(zip(parts, back, strict=True)):
        logits = read[at] if len(parts) == 1 else logits_of(part)
        logits.backward(slope)  # type: ignore[no-untyped-call]
    return loss


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
