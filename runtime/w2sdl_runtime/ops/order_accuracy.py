"""How right a reader of debates is in each order of the debaters, and in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.arguments import judged_in_both_orders
from w2sdl_runtime.op import Context, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@op(
    "order_accuracy",
    version=1,
    facets={"order": ("correct_first", "incorrect_first")},
    limits=(0, 1),
    better="higher",
    answers=in_numbers,
    check=judged_in_both_orders,
)
def order_accuracy(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Share of rows that are judged right in both orders of the debate (Khan et al. 2024).

    For what reads ``D(..., stance: both_orders())``. ``facts["parts"]`` holds the accuracy where A
    argues that the candidate is right, and where A argues that it is wrong, with Wilson intervals.
    A reader that follows the order and not the argument has a high share in one of them, or answers
    differently in the two (``facts["swayed"]``, the share of such rows).
    Rows: `item_id`, `gold`, `correct_first`, `incorrect_first` (right in that order), `right` (in both).

    Raises:
        PrerequisiteError: for labels of a predictor that read no debates in both orders; else as for
            ``accuracy``.
    """
    from w2sdl_runtime.debating.speech import ORDERS
    from w2sdl_runtime.measuring.classes import (
        THRESHOLD,
        gold_classes,
        share_metric,
        share_numbers,
        values_for,
    )

    ids, truth = gold_classes(gold)
    values_for(ids, scored, "the measured labels")  # the same rows, or it says which are missing
    answers = {name: _answers(ids, scored, name) > THRESHOLD for name in ORDERS.values()}
    right = {name: said == truth for name, said in answers.items()}
    first, second = answers.values()
    both = right["correct_first"] & right["incorrect_first"]
    parts = [
        {"name": name.replace("_", " "), "score": name, **share_numbers(hits, "")}
        for name, hits in right.items()
    ]
    facts = {"parts": parts, "swayed": float((first != second).mean())}
    columns: dict[str, Any] = {"item_id": ids, "gold": truth, **right, "right": both}
    return share_metric("order_accuracy", "right", columns, facts)


def _answers(ids: list[str], scored: Labels, order: str) -> NDArray[np.float64]:
    """P(candidate is right) in one order, in the order of the ids."""
    import numpy as np

    from w2sdl_runtime.data.label_meta import ORDERS, facts

    told = dict(zip(scored.table.column("item_id").to_pylist(), facts(scored, ORDERS), strict=True))
    found = [(told[item_id] or {}).get(order) for item_id in ids]
    without = sum(one is None for one in found)
    if without:
        raise PrerequisiteError(
            f"{without:,} of {len(ids):,} measured labels are not of debates in both orders",
            "measure what reads transcripts of D(..., stance: both_orders())",
        )
    return np.array(found, np.float64)
