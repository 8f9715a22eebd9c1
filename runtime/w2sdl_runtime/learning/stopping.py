"""Early stopping: how well a training agrees with labels of other rows, and the weights that did best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Rows
from w2sdl_runtime.learning.labelled import fitting
from w2sdl_runtime.learning.reading import Reading, Wanted, check_readable, read_all
from w2sdl_runtime.learning.trained import body_of
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.models import Network
    from w2sdl_runtime.variants.heads import Fitting, NeuralHead


@dataclass(frozen=True, slots=True)
class Training:
    """A training as a rule that may end it sees it."""

    head: NeuralHead
    network: Network
    weights: dict[str, Tensor]  #: of the head
    moving: Sequence[Tensor]  #: all that move, of head and body
    frozen: bool  #: whether the body stays as it is, so that it is read once
    task: Fitting
    steps: int  #: in all


class Watch:
    """Looks at a training as it goes on, says when it is over, and gives the best weights back.

    All that it knows is in `memory`, so a training that was killed goes on with it.
    """

    def __init__(
        self,
        weights: Sequence[Tensor],
        agreement: Callable[[], float],
        steps: int,
        *,
        every: int,
        patience: int,
    ) -> None:
        """Take charge of some weights.

        Args:
            weights: all that move.
            agreement: how well they agree as they are now.
            steps: of the whole training.
            every: after so many steps it looks, and after the last.
            patience: looks in a row that are no better, after which it is over.
        """
        import torch

        self._weights, self._agreement, self._steps = weights, agreement, steps
        self._every, self._patience = every, patience
        looks = math.ceil(steps / every)
        self._seen = torch.full((looks,), math.nan, dtype=torch.float64)  # one a look, in order
        self._best = [weight.detach().clone() for weight in weights]

    def memory(self) -> tuple[Tensor, ...]:
        """What it knows, written in place; see `checkpoint.Checkpoint`."""
        return (self._seen, *self._best)

    def passed(self, step: int) -> None:
        """Call it after each step, counted from 1; steps that are done after the end tell nothing."""
        import torch

        if (step % self._every and step != self._steps) or self.is_over:
            return
        before = self._values()
        value = self._agreement()
        if not before or value > max(before):
            with torch.no_grad():
                for kept, weight in zip(self._best, self._weights, strict=True):
                    kept.copy_(weight)
        self._seen[len(before)] = value

    @property
    def is_over(self) -> bool:
        """Whether the last looks, as many as there is patience, saw nothing better."""
        values = self._values()
        return bool(values) and len(values) - 1 - values.index(max(values)) >= self._patience

    def put_back(self) -> None:
        """Give the weights the values with which they agreed best."""
        import torch

        with torch.no_grad():
            for kept, weight in zip(self._best, self._weights, strict=True):
                weight.copy_(kept)

    def facts(self) -> dict[str, Any]:
        """Steps and agreement, of what is kept and of where the training ended; and all it saw."""
        values = self._values()
        best, last = values.index(max(values)), len(values) - 1
        return {
            "kept_step": self._step(best),
            "kept_agreement": values[best],
            "last_step": self._step(last),
            "last_agreement": values[last],
            "planned_steps": self._steps,
            "curve": [[self._step(at), value] for at, value in enumerate(values)],
        }

    def _values(self) -> list[float]:
        return [value for value in self._seen.tolist() if not math.isnan(value)]

    def _step(self, look: int) -> int:
        return min((look + 1) * self._every, self._steps)


def agreement_of(training: Training, labels: Labels) -> Callable[[], float]:
    """A measurement of a network in training: its agreement with labels of other rows.

    They are read with the training's own context and length.

    Raises:
        PrerequisiteError: for labels of another kind, or rows that the head can't read.
    """
    head, network, task = training.head, training.network, training.task
    given = (task.ctx, task.model, labels, task.context, task.loss, task.train)
    other = fitting(*given, stopping=True)
    rows = head.rows(network, other)
    rows.warn_of_cuts(task.ctx, task.train.max_length)
    wanted = head.wants(network.causal)
    check_readable(network, rows, wanted)
    once = _whole(network, rows, wanted, other) if training.frozen else None
    start = _now(network, rows, wanted, task) if head.answers_by_start else None

    def agreement() -> float:
        reading = (once or _now(network, rows, wanted, task)).beside(start)
        return _share(head, training.weights, reading, other.target, other.weight)

    return agreement


def _whole(network: Network, rows: Rows, wanted: Wanted, task: Fitting) -> Reading:
    precision, whose = task.train.precision, body_of(task.model)
    return read_all(network, rows, wanted, task.ctx, precision, whose=whose)


def _tell_nobody(done: int, total: int, unit: str, **facts: float | str) -> None:
    """What people hear of is the training."""


def _now(network: Network, rows: Rows, wanted: Wanted, task: Fitting) -> Reading:
    """Read all rows with the body as it is now, without dropout; it goes on training afterwards."""
    silent = replace(task.ctx, report=_tell_nobody)
    network.module.eval()
    reading = read_all(network, rows, wanted, silent, task.train.precision)
    network.module.train()
    return reading.to(task.ctx.device)


def _share(
    head: NeuralHead,
    weights: dict[str, Tensor],
    reading: Reading,
    target: np.ndarray[Any, Any],
    weight: np.ndarray[Any, Any],
) -> float:
    """The share of rows, by weight, in which head and labels name the same class."""
    import torch

    with torch.no_grad():
        logits = head.answer(weights, reading).float().cpu().numpy()
    agrees = (logits > 0) == (target > 0.5)
    return float((agrees * weight).sum() / weight.sum())
