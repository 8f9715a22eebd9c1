"""Gradients of a whole batch's loss, read at once, in parts, or among several processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.together import Spread

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


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
