"""How good a selection of labels is: are the kept ones right, the right ones kept, and how many are?"""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import same_question
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op(
    "keep_rates",
    version=2,
    facets={"take": ("precision", "recall", "kept")},
    limits=(0, 1),
    better="higher",
    answers=same_question,
)
def keep_rates(
    ctx: Context,
    told: Annotated[Labels, PortMark(each=True)],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Precision and recall of ``keep`` against whether the label is right (its class, or word, is gold).

    The value is the precision: kept and right / kept. ``facts["parts"]`` holds precision, recall
    (kept and right / right) and the share that is kept, each with its Wilson interval and its n, and null
    where nothing is kept, or nothing is right. Texts are right where they are gold up to spacing.
    Measures labels of the part named after `on`, one a row, not what learned of them.
    Rows: `item_id`, `keep`, `right`, `kept_right`, `offered` (all of them).

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.measuring.classes import answers_for, gold_answers, share_among
    from w2sdl_runtime.refining import rows

    ids, truth = gold_answers(gold)
    right = answers_for(ids, told, gold, "the labels") == truth
    keep = rows.kept(rows.aligned(gold, told, "the labels"))
    both = keep & right
    precision = share_among("precision", both, keep, "keep", "nothing_is_kept")
    recall = share_among("recall", both, right, "right", "nothing_is_right")
    offered = np.ones(len(ids), bool)
    share = share_among("kept", keep, offered, "offered", "") | {"score": "keep"}
    columns = {"item_id": ids, "keep": keep, "right": right, "kept_right": both, "offered": offered}
    shown = {"unit": "share", "interval": "wilson", "score": "kept_right", "among": "keep"}
    facts = {**shown, "parts": [precision, recall, share]}
    numbers = (precision["value"], precision["lower"], precision["upper"])
    return Metric("keep_rates", *numbers, len(ids), precision["reason"], facts, pa.table(columns))
