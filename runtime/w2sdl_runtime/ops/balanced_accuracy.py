"""The mean of the recalls of both classes."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op("balanced_accuracy", version=2, limits=(0, 1), better="higher", answers=in_numbers)
def balanced_accuracy(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 1000,
    seed: Seed = 0,
) -> Metric:
    """The mean of the shares right among gold class 1 and among gold class 0.

    Always naming the larger class gives 0.5, whatever the base rate. Undefined where gold has one
    class only. Interval: bootstrap over rows (``resamples``), 95 % BCa.
    Rows: `item_id`, `label`, `gold`, `right`, `without` (the value without that row).

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import THRESHOLD, base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.confusion import balanced
    from w2sdl_runtime.measuring.ranking import ONE_CLASS
    from w2sdl_runtime.measuring.resampling import estimate

    ids, truth = gold_classes(gold)
    label = values_for(ids, scored, "the measured labels") > THRESHOLD
    columns = {"item_id": ids, "label": label, "gold": truth, "right": label == truth}
    facts = {"unit": "share"} | base_facts(truth)
    return estimate(
        ctx,
        "balanced_accuracy",
        balanced(label, truth),
        columns,
        undefined=ONE_CLASS,
        resamples=resamples,
        facts=facts,
    )
