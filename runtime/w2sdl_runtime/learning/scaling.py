"""Loss scaling, without which gradients in half precision vanish; and what precision needs a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl_runtime.learning.together import clip_together
from w2sdl_runtime.op import PrerequisiteError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

NEEDS_GPU = (
    "precision: fp16_mixed needs a GPU: processors have no fast arithmetic in half precision"
)
OTHER_PRECISION = 'use precision: "bf16_mixed" or "float32", or run where there is a GPU'


def check_precision(device: str, precision: str) -> None:
    """Refuse half precision on a processor.

    Raises:
        PrerequisiteError: with what to use in its place.
    """
    if precision == "fp16_mixed" and device == "cpu":
        raise PrerequisiteError(NEEDS_GPU, OTHER_PRECISION)


class Scaling:
    """The scale of a loss: torch's dynamic one for ``fp16_mixed``, and none at all otherwise.

    A step whose gradients are no numbers under the scale is left out, and the scale is halved.
    """

    def __init__(self, device: str, precision: str, *, together: bool = False) -> None:
        """Make a scale; ``together`` with other processes that hold parts of the weights."""
        import torch

        self._together = together
        self._scaler = torch.amp.GradScaler(device, enabled=precision == "fp16_mixed")
        # Scale, and steps since it last changed, in one place that a checkpoint can read and write.
        self._state = torch.zeros(2, dtype=torch.float64)
        self._keep()

    def memory(self) -> tuple[Tensor, ...]:
        """What it knows, written in place; see `checkpoint.Checkpoint`."""
        return (self._state,) if self._scaler.is_enabled() else ()

    def resumed(self) -> None:
        """Take over what a checkpoint has put into the memory."""
        if self._scaler.is_enabled():
            scale, steps = self._state.tolist()
            known = self._scaler.state_dict()
            self._scaler.load_state_dict({**known, "scale": scale, "_growth_tracker": int(steps)})

    def up(self, loss: Tensor) -> Tensor:
        """The loss, or the slope of one, as large as gradients need it."""
        scaled: Tensor = self._scaler.scale(loss)
        return scaled

    def step(self, optimizer: torch.optim.Optimizer, clip: float) -> None:
        """One step down the gradient, its norm clipped unless ``clip`` is 0."""
        import torch

        if clip > 0:
            self._scaler.unscale_(optimizer)
        if clip > 0 and self._together:
            clip_together(optimizer, clip)
        elif clip > 0:
            weights = [w for settings in optimizer.param_groups for w in settings["params"]]
            torch.nn.utils.clip_grad_norm_(weights, clip)
        self._scaler.step(optimizer)
        self._scaler.update()
        self._keep()

    def _keep(self) -> None:
        if self._scaler.is_enabled():
            known = self._scaler.state_dict()
            self._state[0], self._state[1] = known["scale"], known["_growth_tracker"]
