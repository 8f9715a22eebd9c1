"""Area under the ROC curve against gold."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import Given, Params, in_numbers
from w2sdl_runtime.op import Changes, Context, Count, Mismatch, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


def _numbers_against_other(params: Params, given: Given) -> str | Mismatch:
    yardstick = given.get("against") or given["gold"]
    return in_numbers(params, {"scored": given["scored"], "gold": yardstick})


@op("auroc", version=2, limits=(0, 1), better="higher", answers=_numbers_against_other)
def auroc(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    against: Labels | None = None,
    *,
    resamples: Annotated[Count, Changes("sampling")] = 1000,
    seed: Seed = 0,
) -> Metric:
    """How often a row of gold class 1 is scored above one of class 0; ties count half.

    It needs no threshold, so a zero-shot model and a miscalibrated one can be compared. Undefined
    where gold has one class only. Interval: bootstrap over rows (``resamples``), 95 % BCa.
    With ``against`` other labels of the same rows take the place of gold, such as ``was_right(...)``
    where a classifier of what a model knows is measured; rows that these drop are not measured.
    Rows: `item_id`, `probability`, `gold`, `without` (the area without that row).

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.ranking import ONE_CLASS, area
    from w2sdl_runtime.measuring.resampling import estimate

    if against is not None:
        gold, scored = _kept_by(against, against), _kept_by(against, scored)
    ids, truth = gold_classes(gold)
    probability = values_for(ids, scored, "the measured labels")
    columns = {"item_id": ids, "probability": probability, "gold": truth}
    facts = {"unit": "share"} | base_facts(truth)
    return estimate(
        ctx,
        "auroc",
        area(probability, truth),
        columns,
        undefined=ONE_CLASS,
        resamples=resamples,
        facts=facts,
    )


def _kept_by(against: Labels, labels: Labels) -> Labels:
    """Labels of the rows that ``against`` keeps."""
    from w2sdl_runtime.refining import rows

    kept = rows.kept(against)
    if kept.all():
        return labels
    table = rows.aligned(against, labels, "the measured labels").table.filter(kept)
    return Labels(table, labels.items, labels.label_kind, labels.origin)
