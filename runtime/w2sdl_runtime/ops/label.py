"""Labels items by a predictor."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Items, Labels, Predictor


@op("label", version=1, wants_gpu=True)
def label(
    ctx: Context,
    predictor: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
    *,
    kind: Literal["soft", "hard"] = "soft",
) -> Labels:
    """What a predictor says of every item.

    Args:
        ctx: the context.
        predictor: with context, its transcripts are joined by item id.
        items: the rows to label.
        kind: "soft" is P(candidate is right); "hard" is 1 where that is above 0.5, else 0.

    Raises:
        PrerequisiteError: when an item has no transcript that the predictor reads.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.predictors import predict

    value = predict(predictor, items, ctx)
    if kind == "hard":
        value = (value > 0.5).astype(np.float64)
    rows = len(items)
    table = pa.table(
        {
            "item_id": pa.array(items.column("item_id"), pa.string()),
            "value": pa.array(value, pa.float64()),
            "weight": pa.array(np.ones(rows), pa.float64()),
            "keep": pa.array([True] * rows, pa.bool_()),
            "text": pa.nulls(rows, pa.string()),
            "meta": pa.nulls(rows, pa.string()),
        }
    )
    return Labels(table, items.digest, kind, "model")
