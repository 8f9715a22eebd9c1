"""What processes that share one training tell each other: logits, gradients, norms, parts of weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

    Index = np.ndarray[Any, Any]


class Spread:
    """What this process has of a batch, and what all of them make together."""

    def __init__(self, rank: int, ranks: int) -> None:
        self._rank, self._ranks = rank, ranks

    def own(self, index: Index) -> Index:
        """The rows of a batch that this process reads: as many as every other one does.

        Where they don't divide, the last ones are read twice, and count once.
        """
        import numpy as np

        size = self._size(len(index))
        padded = np.concatenate([index, np.repeat(index[-1:], size * self._ranks - len(index))])
        rows: Index = padded[self._rank * size : (self._rank + 1) * size]
        return rows

    def whole(self, logits: Tensor, rows: int) -> Tensor:
        """The logits of a whole batch, in its order, without a way back."""
        import torch
        from torch import distributed

        parts = [torch.empty_like(logits) for _ in range(self._ranks)]
        distributed.all_gather(parts, logits.detach().contiguous())
        return torch.cat(parts)[:rows]

    def own_slopes(self, slopes: Tensor) -> Tensor:
        """What this process sends back through its rows; nothing through those read twice.

        As many times as there are processes, for the gradients of parts come as the mean of all.
        """
        import torch

        size = self._size(len(slopes))
        missing = size * self._ranks - len(slopes)
        padded = torch.cat([slopes, slopes.new_zeros((missing, *slopes.shape[1:]))]) * self._ranks
        return padded[self._rank * size : (self._rank + 1) * size]

    def average(self, weights: Iterable[Tensor]) -> None:
        """Take the mean of the gradients of weights that are whole in every process."""
        from torch import distributed

        for weight in weights:
            if weight.grad is not None and not is_part(weight):
                distributed.all_reduce(weight.grad)
                weight.grad /= self._ranks

    def _size(self, rows: int) -> int:
        return -(-rows // self._ranks)


def is_part(tensor: Tensor) -> bool:
    """Whether this process has a part of it only."""
    return hasattr(tensor, "full_tensor")


def made_whole(tensor: Tensor) -> Tensor:
    """All of a tensor; where it is in parts, all processes must ask for it."""
    whole: Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return whole


def clip_together(optimizer: torch.optim.Optimizer, clip: float) -> None:
    """Clip the norm of all gradients, of which some are in parts."""
    import torch

    weights = [w for settings in optimizer.param_groups for w in settings["params"]]
    weights = [weight for weight in weights if weight.grad is not None]
    kinds: Sequence[list[Tensor]] = (
        [weight for weight in weights if is_part(weight)],
        [weight for weight in weights if not is_part(weight)],
    )
    norms = [
        made_whole(torch.nn.utils.get_total_norm([w.grad for w in kind if w.grad is not None]))
        for kind in kinds
        if kind
    ]
    total = torch.linalg.vector_norm(torch.stack(norms))
    for kind in kinds:
        if kind:
            torch.nn.utils.clip_grads_with_norm_(kind, clip, total)
