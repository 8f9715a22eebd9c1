"""Accuracy against gold, with its interval and the rows it is made of."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import against_other
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op("accuracy", version=1, limits=(0, 1), better="higher", answers=against_other)
def accuracy(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    against: Labels | None = None,
) -> Metric:
    """Share of rows whose label (P > 0.5) is the gold label; of text labels, exact match.

    With ``against`` other labels of the same rows take the place of gold: what a column says of them
    (``against: gold(part, field: "domain")``, for probes), or another predictor's.

    Rows: `item_id`, `probability`, `label`, `gold`, `right`; of texts without `probability`. Texts
    match where they are equal up to spacing; case counts. Interval: Wilson, 95 %, over rows.
    Facts: share of gold class 1 (`base_rate`), accuracy of always naming the larger class
    (`majority`), and the standard error that this many rows allow (`expected_se`).

    Raises:
        PrerequisiteError: a row that only one side has, a row named twice, a gold label that is not
            0 or 1, or labels without numbers.
    """
    from w2sdl_runtime.measuring.classes import (
        THRESHOLD,
        base_facts,
        gold_classes,
        share_metric,
        values_for,
    )

    if against is not None:
        gold = against
    if gold.label_kind == "text":
        return _exact_match(scored, gold)

    ids, truth = gold_classes(gold)
    probability = values_for(ids, scored, "the measured labels")
    label = probability > THRESHOLD
    if label.all() or not label.any():
        ctx.warn(f"all {len(ids):,} rows are given the same class")
    columns = {
        "item_id": ids,
        "probability": probability,
        "label": label,
        "gold": truth,
        "right": label == truth,
    }
    return share_metric("accuracy", "right", columns, base_facts(truth))


def _exact_match(scored: Labels, gold: Labels) -> Metric:
    from w2sdl_runtime.measuring.classes import answers_for, gold_answers, share_metric

    ids, truth = gold_answers(gold)
    said = answers_for(ids, scored, gold, "the measured labels")
    right = said == truth
    columns = {"item_id": ids, "label": said.tolist(), "gold": truth.tolist(), "right": right}
    facts = {"match": "exact", "answers": len(set(truth))}
    return share_metric("accuracy", "right", columns, facts)
