"""How good a selection of labels is: are the kept ones right, and the right ones kept?"""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import same_question
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op(
    "keep_rates",
    version=1,
    facets={"take": ("precision", "recall")},
    limits=(0, 1),
    answers=same_question,
)
def keep_rates(
    ctx: Context,
    told: Annotated[Labels, PortMark(each=True)],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Precision and recall of ``keep`` against whether the label is right (its class, or word, is gold).

    The value is the precision: kept and right / kept. ``facts["parts"]`` holds precision and recall
    (kept and right / right), each with its Wilson interval and its n, and null where nothing is
    kept, or nothing is right. Measures labels of the part named after `on`, not what learned of them.
    Rows: `item_id`, `keep`, `right`, `kept_right`.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.measuring.classes import answers_for, gold_answers, share_among

    ids, truth = gold_answers(gold)
    right = answers_for(ids, told, gold, "the labels") == truth
    named: list[str] = told.table.column("item_id").to_pylist()
    flags = dict(zip(named, told.table.column("keep").to_pylist(), strict=True))
    keep = np.array([flags[item] for item in ids], dtype=bool)
    both = keep & right
    precision = share_among("precision", both, keep, "keep", "nothing_is_kept")
    recall = share_among("recall", both, right, "right", "nothing_is_right")
    columns = {"item_id": ids, "keep": keep, "right": right, "kept_right": both}
    shown = {"unit": "share", "interval": "wilson", "score": "kept_right", "among": "keep"}
    facts = {**shown, "parts": [precision, recall]}
    numbers = (precision["value"], precision["lower"], precision["upper"])
    return Metric("keep_rates", *numbers, len(ids), precision["reason"], facts, pa.table(columns))
