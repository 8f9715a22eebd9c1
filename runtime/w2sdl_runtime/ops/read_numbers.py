"""The numbers of items as states, for probes and neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.coverage import of_items
from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Activations, Items
from w2sdl_runtime.variants.views import Raw, View

if TYPE_CHECKING:
    import numpy as np

_READ = "read rows of numbers: table(..., format: numbers(columns: [...])), or digit_images()"


def _hold_numbers(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Items of data that is surely text hold no numbers."""
    for data, _ in of_items(given["items"]):
        form = data.arguments.get("format")
        told = form["variant"] if form else "text"
        if data.op != "digit_images" and told != "numbers":
            return f"`{data.op}` here makes items of text, not of numbers", _READ
    return None


@op("read_numbers", version=1, check=_hold_numbers)
def read_numbers(
    ctx: Context,
    items: Items,
    *,
    view: View = Raw(),  # noqa: B008 (frozen)
) -> Activations:
    """The numbers of items as states, float32, ``[rows, width]``: what `embed` is for texts.

    Of data with the format ``numbers()``, or ``digit_images()``. Items are read without gold, so those
    of all parts may be read at once. A state depends on its own row alone: test rows can't change any.

    Args:
        ctx: the context.
        items: whose numbers; all have equally many.
        view: what is seen of them: a weak model sees less than a strong one.

    Raises:
        PrerequisiteError: for items that hold no numbers, or numbers that the view can't see.
    """
    import numpy as np

    from w2sdl_runtime.data.tables import states_of_items

    with np.errstate(over="ignore"):  # what becomes infinite is said below
        states = view.states(_numbers(items)).astype(np.float32)
    if not np.isfinite(states).all():
        raise PrerequisiteError("some states are not finite as 32-bit numbers", "scale the numbers")
    return states_of_items(items, states)


def _numbers(items: Items) -> np.ndarray[Any, Any]:
    """``[rows, numbers]``, out of the prompts."""
    import numpy as np

    rows: list[list[float]] = []
    for item, text in zip(items.column("item_id"), items.column("prompt"), strict=True):
        try:
            rows.append([float(word) for word in text.split()])
        except ValueError:
            raise PrerequisiteError(
                f"item {item} holds text, not numbers: {text[:40]!r}", _READ
            ) from None
    sizes = sorted({len(row) for row in rows})
    if len(sizes) != 1 or sizes == [0]:
        held = " and ".join(f"{size:,}" for size in sizes[:3])
        raise PrerequisiteError(f"the items hold {held} numbers: all need equally many", _READ)
    return np.array(rows, dtype=np.float64)
