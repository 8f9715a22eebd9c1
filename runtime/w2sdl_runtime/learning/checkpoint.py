"""Training that goes on where it was killed: weights, moments, draws and position, as one partial.

The order of the batches is no part of it: that is drawn again from its own stream, and the batches
that were done are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from w2sdl_runtime.learning.postponing import Postponed
from w2sdl_runtime.op import Context
from w2sdl_runtime.partials import Partial

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor


class Checkpoint:
    """The state of one training, saved when a commit is due, and when it is interrupted.

    The training runs inside it: ``with Checkpoint(...) as checkpoint``.
    """

    def __init__(
        self,
        ctx: Context,
        label: str,
        optimizers: Sequence[torch.optim.Optimizer],
        memory: Sequence[Tensor] = (),
    ) -> None:
        """Take charge of a training.

        Args:
            ctx: the context; its partials say where, and when a commit is due.
            label: says all that the training depends on (`numerics.partial_label`).
            optimizers: hold all weights that move.
            memory: what else a step reads and writes in place, such as a loss's earlier batches.
        """
        self._ctx, self._label, self._optimizers = ctx, label, optimizers
        self._weights: list[Tensor] = [
            weight for o in optimizers for group in o.param_groups for weight in group["params"]
        ]
        self._memory = memory
        self._signals = Postponed()

    def __enter__(self) -> Self:
        self._signals.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._signals.__exit__(*error)

    def resume(self) -> int:
        """Put everything back to where it was; returns how many steps are done already."""
        found = self._ctx.partials.load(self._label)
        if found is None:
            return 0
        self._restore(found.arrays)
        step = int(found.facts["step"])
        self._ctx.log(f"the training goes on after step {step}")
        return step

    def passed(self, step: int) -> None:
        """Call it after each step; what is saved holds all that the next step reads."""
        if self._signals or self._ctx.partials.due():
            self._ctx.partials.save(self._label, Partial(self._arrays(), {"step": step}))
        self._signals.deliver()

    def _arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        tensors = {f"weight.{at}": weight for at, weight in enumerate(self._weights)}
        tensors |= {f"memory.{at}": kept for at, kept in enumerate(self._memory)}
        for number, optimizer in enumerate(self._optimizers):
            for at, state in optimizer.state_dict()["state"].items():
                tensors |= {f"moment.{number}.{at}.{name}": t for name, t in state.items()}
        return {name: _as_array(tensor) for name, tensor in (tensors | self._draws()).items()}

    def _draws(self) -> dict[str, Tensor]:
        """Torch's random streams, for dropout."""
        import torch

        streams = {"draws.cpu": torch.get_rng_state()}
        if self._ctx.device != "cpu":
            streams["draws.gpu"] = torch.cuda.get_rng_state()
        return streams

    def _restore(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        import torch

        with torch.no_grad():
            for at, weight in enumerate(self._weights):
                weight.copy_(_as_tensor(arrays[f"weight.{at}"], weight.dtype))
            for at, kept in enumerate(self._memory):
                kept.copy_(_as_tensor(arrays[f"memory.{at}"], kept.dtype))
        for number, optimizer in enumerate(self._optimizers):
            state = _moments(arrays, f"moment.{number}.", optimizer)
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": state, "param_groups": groups})
        torch.set_rng_state(_as_tensor(arrays["draws.cpu"], torch.uint8))
        if self._ctx.device != "cpu":
            torch.cuda.set_rng_state(_as_tensor(arrays["draws.gpu"], torch.uint8))


def _moments(
    arrays: Mapping[str, np.ndarray[Any, Any]], prefix: str, optimizer: torch.optim.Optimizer
) -> dict[int, dict[str, Tensor]]:
    """What an optimiser remembers of each of its weights."""
    import torch

    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            place, _, what = name.removeprefix(prefix).partition(".")
            weight = weights[int(place)]
            if what == "step":
                moment = _as_tensor(array, torch.float32)
            else:  # fused kernels go through memory, so a moment must lie there as its weight does
                moment = torch.empty_like(weight).copy_(_as_tensor(array, weight.dtype))
            state.setdefault(int(place), {})[what] = moment
    return state


def _as_array(tensor: Tensor) -> np.ndarray[Any, Any]:
    """On the CPU, by its bits where NumPy has no such type."""
    import torch

    plain = tensor.detach().cpu()
    return (plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain).numpy()


def _as_tensor(array: np.ndarray[Any, Any], dtype: torch.dtype) -> Tensor:
    """In memory that torch allocated: kernels may choose by alignment, and a file has its own."""
    import torch

    tensor = torch.tensor(array)
    return tensor.view(dtype) if dtype == torch.bfloat16 else tensor
