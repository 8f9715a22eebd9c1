"""Finetunes a network under a head: full, by adapters, or the head alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.batching import Rows, collate
from w2sdl_runtime.learning.numerics import array_digest, numerics, partial_label
from w2sdl_runtime.learning.opening import open_network, own_network
from w2sdl_runtime.learning.reading import Reading, Wanted, check_readable, read, read_all
from w2sdl_runtime.learning.scaling import check_precision
from w2sdl_runtime.learning.sharding import check_spread, spread_network
from w2sdl_runtime.learning.snapshots import Snapshots
from w2sdl_runtime.learning.stepping import Group, Targets, step_through, steps_of
from w2sdl_runtime.learning.stopping import Training, Watch
from w2sdl_runtime.learning.together import is_part
from w2sdl_runtime.learning.trained import (
    adapted,
    body_of,
    checkpoint_gradients,
    continued_head,
    save_trained,
    set_dropout,
    tune_of,
)
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.train import settings_of
from w2sdl_runtime.values import Predictor
from w2sdl_runtime.variants.tunes import LinearProbe, Lora, Tune

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.variants.heads import Fitting, NeuralHead

    Forward = Callable[[np.ndarray[Any, Any]], Reading]


def check_something_moves(head: NeuralHead, task: Fitting) -> None:
    """Refuse a training without weights: a language model's own output moves with its body.

    Raises:
        PrerequisiteError: for such a head over a model whose body stays as it is.
    """
    if head.moves_body_alone and isinstance(tune_of(task.model), LinearProbe):
        raise PrerequisiteError(
            f"head: {head.variant_name}() has no weights beside the model's own, and linear_probe()"
            " moves none of them",
            "use tune: full() or lora()",
        )


def finetune_network(head: NeuralHead, task: Fitting) -> Predictor:
    """Train head and body on the task's rows; see `variants.heads.NeuralHead.fit`."""
    tune = tune_of(task.model)
    frozen = isinstance(tune, LinearProbe)
    check_precision(task.ctx.device, task.train.precision)
    network = _opened(task, tune)
    rows = head.rows(network, task)
    rows.warn_of_cuts(task.ctx, task.train.max_length)
    wanted = head.wants(network.causal)
    check_readable(network, rows, wanted)
    with numerics(task.ctx, "training"):
        weights, start = _head_start(head, network, rows, wanted, task, frozen)
        body = [] if frozen else _movable(network, tune, task)
        forward = _frozen(start) if frozen and start else _live(network, rows, wanted, task, start)
        training = _Training(head, task, network, rows, weights, body, forward)
        return training.run()


def _opened(task: Fitting, tune: Tune) -> Network:
    """The network to train, in this process or in parts among several."""
    if task.ctx.shards > 1:
        check_spread(tune, task.train.precision)
        return spread_network(task.model, task.ctx, tune)
    frozen = isinstance(tune, LinearProbe)
    return (open_network if frozen else own_network)(task.model, task.ctx)


@dataclass(frozen=True, slots=True)
class _Training:
    """Everything that moves in a training, and what it is moved by."""

    head: NeuralHead
    task: Fitting
    network: Network
    rows: Rows
    weights: dict[str, Tensor]  #: of the head
    body: list[Tensor]  #: those of the body that move; none where it is frozen
    forward: Forward

    def run(self) -> Predictor:
        """Train to the end, or to where the task's ``stop`` ends it."""
        task, total = self.task, self.steps
        label = _label(self.head, self.rows, task)
        kept = Snapshots(task.ctx, task.snapshots, self.save, label)
        label = kept.training_label(label, total)
        watch, passed = self.watch(), partial(kept.passed, steps=total)
        device = task.ctx.device if self.body else "cpu"
        moving = (self.logits, self.groups, self.lengths, _targets(task, device))
        how = (task.loss, task.train)
        steps = step_through(
            *moving,
            how,
            task.ctx,
            label=label,
            watch=watch,
            passed=passed,
            at_least=kept.last_step(total),
            rows_of=self.told,
        )
        self.network.module.eval()
        final = self.save(task.ctx, steps)
        return _with_stop(Predictor(final.facts | kept.facts(), final.folder), watch, task)

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return steps_of(self.task.train, len(self.task.items))

    @property
    def groups(self) -> list[Group]:
        train = self.task.train
        head = Group(list(self.weights.values()), train.learning_rate * train.head_rate, 0.0)
        parts = [weight for weight in self.body if is_part(weight)]  # no kernel takes both kinds
        whole = [weight for weight in self.body if not is_part(weight)]
        bodies = [Group(b, train.learning_rate, train.weight_decay) for b in (whole, parts) if b]
        return [head, *bodies]

    @property
    def lengths(self) -> np.ndarray[Any, Any]:
        """Tokens of each item; where nothing is read, order them by nothing."""
        by_side = self.rows.lengths.reshape(len(self.head.sides), -1)
        longest: np.ndarray[Any, Any] = by_side.max(axis=0)
        return longest if self.body else longest * 0

    def logits(self, index: np.ndarray[Any, Any]) -> Tensor:
        """What the loss reads of some items: log-odds, ``[batch]``; see `Loss.reads_answers`."""
        import torch

        every = _of_all_sides(index, len(self.head.sides), len(self.task.items))
        reading = _dropped(self.forward(every), self.task.train.dropout)
        logits = self.head.logits(self.weights, reading)
        if not self.task.loss.reads_answers:
            return logits
        return torch.stack([logits, self.head.answer(self.weights, reading)], dim=1)

    def told(self, index: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
        """Some items, as people would look them up."""
        columns = ("item_id", "prompt", *self.head.sides)
        found = {name: self.task.items.column(name) for name in columns}
        tokens = self.lengths
        return [
            {**{name: texts[at] for name, texts in found.items()}, "tokens": int(tokens[at])}
            for at in map(int, index)
        ]

    def save(self, ctx: Context, step: int) -> Predictor:
        """The predictor as it is after a step."""
        counts = {"steps": step, "truncated": self.rows.truncated}
        task = replace(self.task, ctx=ctx)
        return save_trained(self.head, self.network, self.weights, task, counts)

    def watch(self) -> Watch | None:
        """What may end the training early."""
        moving = [weight for group in self.groups for weight in group.weights]
        own = (self.head, self.network, self.weights, moving, not self.body, self.task, self.steps)
        return self.task.stop.watch(Training(*own))


def _with_stop(predictor: Predictor, watch: Watch | None, task: Fitting) -> Predictor:
    """The predictor, with how its training was stopped in the facts."""
    if watch is None:
        return predictor
    facts = watch.facts()
    task.ctx.log(
        f"kept the weights after step {facts['kept_step']:,}, which agree on "
        f"{facts['kept_agreement']:.3f} of the rows; after step {facts['last_step']:,}, where the "
        f"training ended, it is {facts['last_agreement']:.3f}"
    )
    return Predictor({**predictor.facts, "stop": facts}, predictor.folder)


def _of_all_sides(index: np.ndarray[Any, Any], sides: int, items: int) -> np.ndarray[Any, Any]:
    """The rows of some items: first those of one side, then those of the next."""
    import numpy as np

    return index if sides == 1 else np.concatenate([index + items * k for k in range(sides)])


def _head_start(
    head: NeuralHead, network: Network, rows: Rows, wanted: Wanted, task: Fitting, frozen: bool
) -> tuple[dict[str, Tensor], Reading | None]:
    """The head's weights before training, and the reading of all rows where one is needed."""
    import torch

    found = continued_head(head, task.model)
    needs = frozen or wanted.start or (wanted.likelihood and found is None)
    start = _read(network, rows, wanted, task) if needs else None
    if found is None:
        found = head.weights(network.width, start or Reading(torch.empty(0, network.width), None))
    device = "cpu" if frozen else task.ctx.device
    return {k: w.to(device).requires_grad_() for k, w in sorted(found.items())}, start


def _read(network: Network, rows: Rows, wanted: Wanted, task: Fitting) -> Reading:
    # What is read in parts is read by all of them: none may find it stored.
    whose = "" if task.ctx.shards > 1 else body_of(task.model)
    return read_all(network, rows, wanted, task.ctx, task.train.precision, whose=whose)


def _movable(network: Network, tune: Tune, task: Fitting) -> list[Tensor]:
    """Prepare the body for training; returns the weights that move."""
    module = network.module
    if isinstance(tune, Lora):
        adapted(network, tune)
    else:
        module.requires_grad_(True)
    set_dropout(module, task.train.dropout, isinstance(tune, Lora))
    module.train()
    if task.train.gradient_checkpointing:
        checkpoint_gradients(module)
    return [weight for weight in module.parameters() if weight.requires_grad]


def _live(
    network: Network, rows: Rows, wanted: Wanted, task: Fitting, start: Reading | None
) -> Forward:
    """The network as it is now; where it is wanted, with what it read at the start beside it."""
    import torch

    def forward(index: np.ndarray[Any, Any]) -> Reading:
        reading = read(network, collate(rows, index, task.ctx.device), wanted)
        if start is None or not wanted.start:
            return reading
        return reading.beside(start.rows(torch.from_numpy(index)))

    return forward


def _frozen(reading: Reading) -> Forward:
    import torch

    return lambda index: reading.rows(torch.from_numpy(index))


def _dropped(reading: Reading, share: float) -> Reading:
    import torch

    if share == 0:
        return reading
    return replace(reading, pooled=torch.nn.functional.dropout(reading.pooled, share))


def _label(head: NeuralHead, rows: Rows, task: Fitting) -> str:
    """All that a training depends on; how many rows are read at once is neutral.

    One in parts is begun anew where it was killed: no process has all that there is to keep.
    """
    if task.ctx.shards > 1:
        return ""
    return partial_label(
        task.ctx,
        "training",
        model=task.model.digest,
        rows=rows.digest(),
        labels=array_digest(task.target, task.weight),
        head=to_json(head),
        loss=to_json(task.loss),
        train=settings_of(task.train),
        stop=task.stop.settings(),
    )


def _targets(task: Fitting, device: str) -> Targets:
    import numpy as np
    import torch

    def tensor(array: np.ndarray[Any, Any]) -> Tensor:
        return torch.tensor(array, dtype=torch.float32, device=device)

    told = task.loss.told(task.items)
    value = task.target if told is None else np.stack([task.target, told], axis=1)
    return Targets(tensor(value), tensor(task.weight))
