"""Area under the ROC curve against gold."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op("auroc", version=1, limits=(0, 1), answers=in_numbers)
def auroc(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 1000,
    seed: Seed = 0,
) -> Metric:
    """How often a row of gold class 1 is scored above one of class 0; ties count half.

    It needs no threshold, so a zero-shot model and a miscalibrated one can be compared. Undefined
    where gold has one class only. Interval: bootstrap over rows (``resamples``), 95 % percentile.
    Rows: `item_id`, `probability`, `gold`, `without` (the area without that row).

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.ranking import ONE_CLASS, area
    from w2sdl_runtime.measuring.resampling import estimate

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
