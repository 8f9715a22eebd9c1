"""A loss that is no longer a number: the training stops, and the batch it happened on is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.learning.batching import Rows

#: Says what the rows of the batch are, one by one, in JSON form.
Tell = Callable[[], Sequence[dict[str, Any]]]

FILE = "diverged.json"


def told_documents(rows: Rows, index: np.ndarray[Any, Any], tokenizer: Any) -> list[dict[str, Any]]:
    """Pieces of documents as the model reads them."""
    return [{"text": tokenizer.decode(rows.ids(int(at)))} for at in index]


def checked(loss: Tensor, step: int, steps: int, ctx: Context, tell: Tell) -> float:
    """The loss as a number.

    Args:
        loss: of a batch.
        step: counted from 1.
        steps: of the whole training.
        ctx: says where the batch is kept, beside the log of this try.
        tell: what is kept of the batch.

    Raises:
        PrerequisiteError: when it is none, naming the file with the batch.
    """
    value = float(loss.detach())
    if math.isfinite(value):
        return value
    record = {"step": step, "steps": steps, "loss": str(value), "rows": list(tell())}
    place = ctx.leave(FILE, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    kept = f"; the batch is in {place}" if place else ""
    raise PrerequisiteError(
        f"the loss is {value} at step {step} of {steps}: the training has diverged{kept}",
        "lower learning_rate, or keep clip above 0; a row without a number of its own has a fault",
    )
